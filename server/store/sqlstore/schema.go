package sqlstore

// Version is the format that this package writes. A database of a later version
// is refused. 1: the tables below.
const Version = 1

// tables makes the tables. Each leads with its key (package store, the one-key
// rule); the last three indexes lead with a time instead, because sweepers look
// across keys, one part of a split database at a time.
const tables = `
CREATE TABLE meta (
	name TEXT NOT NULL PRIMARY KEY,
	value BYTES NOT NULL
) CLUSTERED;

CREATE TABLE handle (
	handle TEXT NOT NULL PRIMARY KEY,
	account BYTES NOT NULL,
	claimed_ms BIGINT NOT NULL
) CLUSTERED;

CREATE TABLE invite (
	hash BYTES NOT NULL PRIMARY KEY,
	created_ms BIGINT NOT NULL,
	account BYTES
) CLUSTERED;

CREATE TABLE account (
	account BYTES NOT NULL PRIMARY KEY,
	handle TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	chain_seq BIGINT NOT NULL,
	change BIGINT NOT NULL,
	log_seq BIGINT NOT NULL,
	log_link BYTES NOT NULL,
	log_chain_seq BIGINT NOT NULL,
	password_parameters BYTES,
	password_salt BYTES,
	password_verifier BYTES,
	password_set_ms BIGINT NOT NULL
) CLUSTERED;

CREATE TABLE chain (
	account BYTES NOT NULL,
	seq BIGINT NOT NULL,
	entry BYTES NOT NULL,
	PRIMARY KEY (account, seq)
) CLUSTERED;

CREATE TABLE sealed_root (
	account BYTES NOT NULL,
	vault_epoch BIGINT NOT NULL,
	keyholder BYTES NOT NULL,
	sealed BYTES NOT NULL,
	PRIMARY KEY (account, vault_epoch, keyholder)
) CLUSTERED;

CREATE TABLE session (
	account BYTES NOT NULL,
	hash BYTES NOT NULL,
	keyholder BYTES NOT NULL,
	restricted BIGINT NOT NULL,
	created_ms BIGINT NOT NULL,
	expires_ms BIGINT NOT NULL,
	PRIMARY KEY (account, hash)
) CLUSTERED;

CREATE TABLE nonce (
	account BYTES NOT NULL,
	nonce BYTES NOT NULL,
	expires_ms BIGINT NOT NULL,
	PRIMARY KEY (account, nonce)
) CLUSTERED;

CREATE TABLE pin_record (
	account BYTES NOT NULL,
	keyholder BYTES NOT NULL,
	record BYTES NOT NULL,
	PRIMARY KEY (account, keyholder)
) CLUSTERED;

CREATE TABLE key_package (
	account BYTES NOT NULL,
	device BYTES NOT NULL,
	suite BIGINT NOT NULL,
	last_resort BIGINT NOT NULL,
	ref BYTES NOT NULL,
	not_after_ms BIGINT NOT NULL,
	data BYTES NOT NULL,
	PRIMARY KEY (account, device, suite, last_resort, ref)
) CLUSTERED;

CREATE TABLE private_log (
	account BYTES NOT NULL,
	seq BIGINT NOT NULL,
	entry BYTES NOT NULL,
	PRIMARY KEY (account, seq)
) CLUSTERED;

CREATE TABLE account_conversation (
	account BYTES NOT NULL,
	conversation BYTES NOT NULL,
	change BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	activity_ms BIGINT NOT NULL,
	PRIMARY KEY (account, conversation)
) CLUSTERED;
CREATE UNIQUE INDEX account_conversation_change ON account_conversation (account, change);
CREATE INDEX account_conversation_activity ON account_conversation (account, activity_ms, conversation);

CREATE TABLE account_outbox (
	account BYTES NOT NULL PRIMARY KEY,
	mark BIGINT NOT NULL
) CLUSTERED;

CREATE TABLE conversation (
	conversation BYTES NOT NULL PRIMARY KEY,
	created_ms BIGINT NOT NULL,
	generation BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	head_seq BIGINT NOT NULL,
	head_link BYTES NOT NULL,
	accepted_ms BIGINT NOT NULL,
	info_seq BIGINT NOT NULL,
	grace_ms BIGINT NOT NULL,
	suite BIGINT NOT NULL,
	leave_seq BIGINT NOT NULL
) CLUSTERED;

CREATE TABLE entry (
	conversation BYTES NOT NULL,
	seq BIGINT NOT NULL,
	kind BIGINT NOT NULL,
	account BYTES NOT NULL,
	device BYTES NOT NULL,
	accepted_ms BIGINT NOT NULL,
	generation BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	purpose BIGINT NOT NULL,
	target BIGINT,
	link BYTES NOT NULL,
	idempotency BYTES,
	erase_ms BIGINT,
	frank BYTES,
	header BYTES,
	body_hash BYTES,
	body BYTES,
	PRIMARY KEY (conversation, seq)
) CLUSTERED;
CREATE UNIQUE INDEX entry_idempotency ON entry (conversation, account, idempotency) WHERE idempotency IS NOT NULL;

CREATE INDEX entry_target ON entry (conversation, target) WHERE target IS NOT NULL;

CREATE TABLE leaf (
	conversation BYTES NOT NULL,
	account BYTES NOT NULL,
	device BYTES NOT NULL,
	PRIMARY KEY (conversation, account, device)
) CLUSTERED;

CREATE TABLE group_state (
	conversation BYTES NOT NULL PRIMARY KEY,
	generation BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	state BYTES NOT NULL,
	group_info BYTES NOT NULL,
	head_table BYTES NOT NULL,
	record BYTES NOT NULL,
	seq BIGINT NOT NULL
) CLUSTERED;

CREATE TABLE epoch (
	conversation BYTES NOT NULL,
	generation BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	head_table BYTES NOT NULL,
	record BYTES NOT NULL,
	signature BYTES NOT NULL,
	leaves BYTES NOT NULL,
	PRIMARY KEY (conversation, generation, epoch)
) CLUSTERED;

CREATE TABLE deposit (
	conversation BYTES NOT NULL,
	generation BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	account BYTES NOT NULL,
	idx BIGINT NOT NULL,
	vault_epoch BIGINT NOT NULL,
	sealed BYTES NOT NULL,
	repaired BYTES,
	repaired_by BYTES,
	PRIMARY KEY (conversation, generation, epoch, account)
) CLUSTERED;

CREATE TABLE participant (
	conversation BYTES NOT NULL,
	account BYTES NOT NULL,
	role BIGINT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	left_seq BIGINT NOT NULL,
	named BIGINT NOT NULL,
	PRIMARY KEY (conversation, account)
) CLUSTERED;

CREATE TABLE welcome (
	conversation BYTES NOT NULL,
	generation BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	created_ms BIGINT NOT NULL,
	welcome BYTES NOT NULL,
	tree BYTES NOT NULL,
	PRIMARY KEY (conversation, generation, epoch)
) CLUSTERED;

CREATE TABLE welcome_to (
	conversation BYTES NOT NULL,
	account BYTES NOT NULL,
	device BYTES NOT NULL,
	generation BIGINT NOT NULL,
	epoch BIGINT NOT NULL,
	PRIMARY KEY (conversation, account, device)
) CLUSTERED;

CREATE TABLE released (
	conversation BYTES NOT NULL,
	seq BIGINT NOT NULL,
	account BYTES NOT NULL,
	PRIMARY KEY (conversation, seq, account)
) CLUSTERED;

CREATE TABLE outbox (
	conversation BYTES NOT NULL PRIMARY KEY,
	mark BIGINT NOT NULL
) CLUSTERED;

CREATE INDEX entry_erase ON entry (erase_ms) WHERE erase_ms IS NOT NULL;
CREATE INDEX session_expires ON session (expires_ms);
CREATE INDEX nonce_expires ON nonce (expires_ms);
`
