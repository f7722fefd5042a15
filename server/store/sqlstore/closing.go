package sqlstore

import (
	"context"
	"encoding/binary"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// closingTables are made where they are not there: they came after the others.
const closingTables = `
CREATE TABLE IF NOT EXISTS closing (
	account BYTES NOT NULL PRIMARY KEY,
	closed_ms BIGINT NOT NULL,
	counts BYTES NOT NULL,
	receipt BYTES
) CLUSTERED;

CREATE TABLE IF NOT EXISTS closed_in (
	conversation BYTES NOT NULL,
	account BYTES NOT NULL,
	done_seq BIGINT NOT NULL,
	erased BIGINT NOT NULL,
	kept BIGINT NOT NULL,
	deposits BIGINT NOT NULL,
	addressed BIGINT NOT NULL,
	PRIMARY KEY (conversation, account)
) CLUSTERED;
`

// countSize is the size of one count as it is stored.
const countSize = 1 + 8

func (t accountTx) Closing() (store.Closing, error) {
	var c store.Closing
	var counts []byte
	err := t.c.one(`SELECT closed_ms, counts, receipt FROM closing WHERE account = $1`, t.key(), &c.ClosedMS, &counts, &c.Receipt)
	if err != nil {
		return c, err
	}
	if len(counts)%countSize != 0 {
		return c, errColumn
	}
	for ; len(counts) > 0; counts = counts[countSize:] {
		c.Counts = append(c.Counts, account.Erased{Kind: account.ErasedKind(counts[0]), Count: binary.BigEndian.Uint64(counts[1:])})
	}
	return c, nil
}

func (t accountTx) PutClosing(c store.Closing) error {
	counts := []byte{}
	for _, x := range c.Counts {
		counts = binary.BigEndian.AppendUint64(append(counts, byte(x.Kind)), x.Count)
	}
	var receipt any
	if c.Receipt != nil {
		receipt = c.Receipt
	}
	_, err := t.c.exec(`INSERT INTO closing (account, closed_ms, counts, receipt) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account) DO UPDATE SET counts = excluded.counts, receipt = excluded.receipt`,
		t.key(num(c.ClosedMS), counts, receipt)...)
	return err
}

func (t accountTx) ListConversation(id convo.ID) error {
	_, err := t.c.exec(`INSERT INTO account_conversation (account, conversation, change, seq, activity_ms)
		VALUES ($1, $2, 1 + (SELECT coalesce(max(change), 0) FROM account_conversation WHERE account = $1), 0, 0)
		ON CONFLICT (account, conversation) DO NOTHING`, t.key(id[:])...)
	return err
}

func (t accountTx) UnlistConversation(id convo.ID) (bool, error) {
	n, err := t.c.exec(`DELETE FROM account_conversation WHERE account = $1 AND conversation = $2`, t.key(id[:])...)
	return n > 0, err
}

func (t accountTx) EraseAccount() ([]account.Erased, error) {
	t.c.erased = true
	counts := map[account.ErasedKind]uint64{}
	for _, x := range []struct {
		kind  account.ErasedKind
		query string
	}{
		{account.ErasedPrivateLog, `DELETE FROM private_log WHERE account = $1`},
		{account.ErasedSealedRoots, `DELETE FROM sealed_root WHERE account = $1`},
		{account.ErasedKeyPackages, `DELETE FROM key_package WHERE account = $1`},
		{account.ErasedSessions, `DELETE FROM session WHERE account = $1`},
		{account.ErasedSessions, `DELETE FROM nonce WHERE account = $1`},
		{account.ErasedSessions, `DELETE FROM link WHERE account = $1`},
		{account.ErasedSessions, `DELETE FROM link_box WHERE account = $1`},
		{account.ErasedSessions, `DELETE FROM push_subscription WHERE account = $1`},
		{account.ErasedRecovery, `DELETE FROM pin_record WHERE account = $1`},
		{account.ErasedRecovery, `DELETE FROM cloud_record WHERE account = $1`},
		{account.ErasedReports, `DELETE FROM report WHERE account = $1`},
		{account.ErasedConversations, `DELETE FROM account_conversation WHERE account = $1`},
		{account.ErasedSessions, `DELETE FROM account_outbox WHERE account = $1`},
		{account.ErasedPassword, `UPDATE account SET password_parameters = NULL, password_salt = NULL, password_verifier = NULL,
			password_set_ms = 0 WHERE account = $1 AND password_verifier IS NOT NULL`},
	} {
		n, err := t.c.exec(x.query, t.key()...)
		if err != nil {
			return nil, err
		}
		counts[x.kind] += uint64(n)
	}
	if err := t.c.change(`UPDATE account SET change = 0, log_seq = 0, log_link = $2, log_chain_seq = 0 WHERE account = $1`,
		t.key(make([]byte, 32))...); err != nil {
		return nil, err
	}
	var out []account.Erased
	for kind, n := range counts {
		out = append(out, account.Erased{Kind: kind, Count: n})
	}
	return out, nil
}

// ForgetInvites implements store.Store.
func (s *DB) ForgetInvites(ctx context.Context, id account.ID) error {
	return s.update(ctx, func(c *conn) error {
		c.erased = true
		_, err := c.exec(`DELETE FROM invite WHERE account = $1`, id[:])
		return err
	})
}

func (t conversationTx) Closed() ([]account.ID, error) {
	return t.c.accounts(`SELECT account FROM closed_in WHERE conversation = $1 ORDER BY account`, t.key())
}

func (t conversationTx) ClosedIn(id account.ID) (c store.ClosedIn, err error) {
	err = t.c.one(`SELECT done_seq, erased, kept, deposits, addressed FROM closed_in WHERE conversation = $1 AND account = $2`,
		t.key(id[:]), &c.Done, &c.Erased, &c.Kept, &c.Deposits, &c.Addressed)
	return c, err
}

func (t conversationTx) PutClosedIn(id account.ID, c store.ClosedIn) error {
	_, err := t.c.exec(`INSERT INTO closed_in (conversation, account, done_seq, erased, kept, deposits, addressed)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (conversation, account) DO UPDATE SET done_seq = excluded.done_seq,
		erased = excluded.erased, kept = excluded.kept, deposits = excluded.deposits, addressed = excluded.addressed`,
		t.key(id[:], num(c.Done), num(c.Erased), num(c.Kept), num(c.Deposits), num(c.Addressed))...)
	return err
}

func (t conversationTx) DropAccount(id account.ID) (deposits, addressed uint64, err error) {
	t.c.erased = true
	d, err := t.c.exec(`DELETE FROM deposit WHERE conversation = $1 AND account = $2`, t.key(id[:])...)
	if err != nil {
		return 0, 0, err
	}
	w, err := t.c.exec(`DELETE FROM welcome_to WHERE conversation = $1 AND account = $2`, t.key(id[:])...)
	if err != nil {
		return 0, 0, err
	}
	if _, err := t.c.exec(`DELETE FROM stored WHERE conversation = $1 AND account = $2`, t.key(id[:])...); err != nil {
		return 0, 0, err
	}
	if err := t.dropReadMark(id); err != nil {
		return 0, 0, err
	}
	_, err = t.c.exec(`DELETE FROM released WHERE conversation = $1 AND account = $2`, t.key(id[:])...)
	return uint64(d), uint64(w), err
}
