package store

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/privatelog"
)

// Account is the row of an account.
type Account struct {
	ID        account.ID
	Handle    string
	CreatedMS uint64
	ChainSeq  uint64
	// Change counts what changed for the account's devices: chain, private log,
	// conversations. It is what they wait on.
	Change uint64
	// Log is where the private log stands.
	Log privatelog.Position
	// Password is nil where none is set.
	Password *Password
}

// Password is what the server keeps of a sign-in password.
type Password struct {
	Parameters []byte // as the client encoded them
	Salt       []byte
	Verifier   account.Hash
	SetMS      uint64
}

// Session is an open session, kept under the hash of its token.
type Session struct {
	Hash [32]byte
	// Keyholder is zero in a session that a password opened.
	Keyholder  account.KeyholderID
	Restricted bool
	// ReadOnly is a device's of an account that was reset.
	ReadOnly  bool
	CreatedMS uint64
	ExpiresMS uint64
	// ChainSeq is the account's; AccountView.Session fills it in.
	ChainSeq uint64
}

// SealedRoot is a vault root sealed to a keyholder.
type SealedRoot struct {
	Keyholder  account.KeyholderID
	VaultEpoch uint64
	Sealed     []byte
}

// PinRecord is what a fresh device needs before it goes to a PIN's realms.
type PinRecord struct {
	Keyholder account.KeyholderID
	Record    []byte
}

// KeyPackage is a device's key package.
type KeyPackage struct {
	Device     account.KeyholderID
	Suite      uint16
	Ref        [32]byte // SHA-256 of Data
	NotAfterMS uint64
	LastResort bool
	Data       []byte
}

// ConversationIndex is a row of an account's index of conversations.
type ConversationIndex struct {
	Conversation convo.ID
	Change       uint64
	Seq          uint64
	ActivityMS   uint64
}

// AccountView reads one account.
type AccountView interface {
	// Account returns the account's row, or ErrNotFound.
	Account() (Account, error)
	// Chain returns entries with a seq of at least from, at most limit.
	Chain(from uint64, limit int) ([][]byte, error)
	// SealedRoots returns the sealed roots of the vault epochs from minEpoch on,
	// of one keyholder or, where it is zero, of all.
	SealedRoots(keyholder account.KeyholderID, minEpoch uint64) ([]SealedRoot, error)
	// Session returns a session, or ErrNotFound.
	Session(hash [32]byte) (Session, error)
	// Sessions returns all sessions.
	Sessions() ([]Session, error)
	// PinRecords returns all PIN records.
	PinRecords() ([]PinRecord, error)
	// KeyPackageCount counts a device's key packages, those of last resort apart.
	KeyPackageCount(device account.KeyholderID) (count, lastResort int, err error)
	// PrivateLog returns entries with a seq of at least from: at most limit, and
	// no more than maxBytes unless the first alone is larger.
	PrivateLog(from uint64, limit, maxBytes int) ([][]byte, error)
	// ByActivity returns rows of the conversation index, the last active first,
	// that come after the given one, zero for the start.
	ByActivity(after ConversationIndex, limit int) ([]ConversationIndex, error)
	// ByChange returns rows that changed after change, in the order of change.
	ByChange(change uint64, limit int) ([]ConversationIndex, error)
	// ConversationCount counts the rows of the index.
	ConversationCount() (uint64, error)
	// Conversation returns one row of the index, or ErrNotFound.
	Conversation(id convo.ID) (ConversationIndex, error)

	LinkView
	AccountDisclosure
	RecoveryView
	ClosingView
	AccountSizes
	PushView
	ReportView
	ResetView
}

// AccountTx changes one account.
type AccountTx interface {
	AccountView
	LinkTx
	RecoveryTx
	ClosingTx
	PushTx
	ReportTx
	ResetTx

	// Create makes the account's row, with Change 1; ErrExists.
	Create(a Account) error
	// AppendChain appends entry seq with the sealed roots beside it and counts a
	// change. ErrExists if the seq is taken.
	AppendChain(seq uint64, entry []byte, roots []SealedRoot) error
	// PutSession stores a session.
	PutSession(s Session) error
	// DropSession deletes a session, if it is there.
	DropSession(hash [32]byte) error
	// DropKeyholder deletes sessions, key packages, PIN record, cloud record and push
	// subscription of one.
	DropKeyholder(id account.KeyholderID) error
	// DropPasswordSessions deletes the sessions that a password opened.
	DropPasswordSessions() error
	// UseNonce remembers a sign-in's nonce; ErrExists if it was used.
	UseNonce(nonce []byte, expiresMS uint64) error
	// SetPassword sets what is kept of the password.
	SetPassword(p Password) error
	// PutPinRecord stores or replaces a PIN record.
	PutPinRecord(r PinRecord) error
	// AddKeyPackages stores key packages; one of last resort replaces the one
	// before of the same suite, one that is there already is passed over.
	AddKeyPackages(list []KeyPackage) error
	// TakeKeyPackage removes and returns a device's oldest key package of a suite
	// that is valid at nowMS, or returns the one of last resort, or ErrNotFound.
	TakeKeyPackage(device account.KeyholderID, suite uint16, nowMS uint64) (KeyPackage, error)
	// AppendPrivateLog appends entries, the first with seq first, after which the
	// log stands at p, and counts a change. ErrExists if a seq is taken.
	AppendPrivateLog(first uint64, entries [][]byte, p privatelog.Position) error
	// TouchConversation sets a row of the conversation index and counts a change.
	// A row that is at a later seq keeps it. ErrNotFound where there is no such
	// account, or it was closed.
	TouchConversation(id convo.ID, seq, activityMS uint64) error
	// Wake puts the account into the outbox: others' conversations are to be told.
	Wake() error
}
