package sqlstore

import (
	"context"
	"database/sql"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// accountTx is one account in a transaction, or in a view.
type accountTx struct {
	c  *conn
	id account.ID
}

var _ store.AccountTx = accountTx{}

// ViewAccount implements store.Store.
func (s *DB) ViewAccount(ctx context.Context, id account.ID, fn func(store.AccountView) error) error {
	return s.view(ctx, func(c *conn) error { return fn(accountTx{c, id}) })
}

// UpdateAccount implements store.Store.
func (s *DB) UpdateAccount(ctx context.Context, id account.ID, fn func(store.AccountTx) error) error {
	return s.update(ctx, func(c *conn) error { return fn(accountTx{c, id}) })
}

func (t accountTx) key(more ...any) []any { return append([]any{t.id[:]}, more...) }

func (t accountTx) Account() (store.Account, error) {
	a := store.Account{ID: t.id}
	var link, parameters, salt, verifier []byte
	var set uint64
	err := t.c.one(`SELECT handle, created_ms, chain_seq, change, log_seq, log_link, log_chain_seq,
		password_parameters, password_salt, password_verifier, password_set_ms FROM account WHERE account = $1`, t.key(),
		&a.Handle, &a.CreatedMS, &a.ChainSeq, &a.Change, &a.Log.Head.Seq, &link, &a.Log.ChainSeq,
		&parameters, &salt, &verifier, &set)
	if err != nil {
		return store.Account{}, err
	}
	if verifier != nil {
		a.Password = &store.Password{Parameters: parameters, Salt: salt, SetMS: set}
		if err := fixed(a.Password.Verifier[:], verifier); err != nil {
			return store.Account{}, err
		}
	}
	err = fixed(a.Log.Head.Link[:], link)
	return a, err
}

// blobs collects a single column of bytes: at most maxBytes of them, unless the
// first alone is larger; 0 for no limit.
func (t accountTx) blobs(maxBytes int, query string, args ...any) ([][]byte, error) {
	var out [][]byte
	size := 0
	err := t.c.each(query, args, func(rows *sql.Rows) (bool, error) {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return false, err
		}
		if size += len(b); maxBytes > 0 && size > maxBytes && len(out) > 0 {
			return false, nil
		}
		out = append(out, b)
		return true, nil
	})
	return out, err
}

func (t accountTx) Chain(from uint64, limit int) ([][]byte, error) {
	return t.blobs(0, `SELECT entry FROM chain WHERE account = $1 AND seq >= $2 ORDER BY seq LIMIT $3`,
		t.key(num(from), limit)...)
}

func (t accountTx) PrivateLog(from uint64, limit, maxBytes int) ([][]byte, error) {
	return t.blobs(maxBytes, `SELECT entry FROM private_log WHERE account = $1 AND seq >= $2 ORDER BY seq LIMIT $3`,
		t.key(num(from), limit)...)
}

func (t accountTx) SealedRoots(keyholder account.KeyholderID, minEpoch uint64) ([]store.SealedRoot, error) {
	query := `SELECT vault_epoch, keyholder, sealed FROM sealed_root WHERE account = $1 AND vault_epoch >= $2`
	args := t.key(num(minEpoch))
	if !keyholder.IsZero() {
		query += ` AND keyholder = $3`
		args = append(args, keyholder[:])
	}
	var out []store.SealedRoot
	err := t.c.each(query+` ORDER BY vault_epoch, keyholder`, args, func(rows *sql.Rows) (bool, error) {
		var r store.SealedRoot
		var k []byte
		if err := rows.Scan(&r.VaultEpoch, &k, &r.Sealed); err != nil {
			return false, err
		}
		err := fixed(r.Keyholder[:], k)
		out = append(out, r)
		return true, err
	})
	return out, err
}

func (t accountTx) Session(hash [32]byte) (store.Session, error) {
	s := store.Session{Hash: hash}
	var k []byte
	var kind int64
	err := t.c.one(`SELECT s.keyholder, s.restricted, s.created_ms, s.expires_ms, a.chain_seq
		FROM session AS s JOIN account AS a ON a.account = s.account WHERE s.account = $1 AND s.hash = $2`,
		t.key(hash[:]), &k, &kind, &s.CreatedMS, &s.ExpiresMS, &s.ChainSeq)
	if err != nil {
		return store.Session{}, err
	}
	setSessionKind(&s, kind)
	err = fixed(s.Keyholder[:], k)
	return s, err
}

func (t accountTx) Sessions() ([]store.Session, error) {
	var out []store.Session
	err := t.c.each(`SELECT hash, keyholder, restricted, created_ms, expires_ms FROM session
		WHERE account = $1 ORDER BY created_ms, hash`, t.key(), func(rows *sql.Rows) (bool, error) {
		var s store.Session
		var h, k []byte
		var kind int64
		if err := rows.Scan(&h, &k, &kind, &s.CreatedMS, &s.ExpiresMS); err != nil {
			return false, err
		}
		setSessionKind(&s, kind)
		if err := fixed(s.Hash[:], h); err != nil {
			return false, err
		}
		err := fixed(s.Keyholder[:], k)
		out = append(out, s)
		return true, err
	})
	return out, err
}

func (t accountTx) PinRecords() ([]store.PinRecord, error) {
	var out []store.PinRecord
	err := t.c.each(`SELECT keyholder, record FROM pin_record WHERE account = $1 ORDER BY keyholder`, t.key(),
		func(rows *sql.Rows) (bool, error) {
			var r store.PinRecord
			var k []byte
			if err := rows.Scan(&k, &r.Record); err != nil {
				return false, err
			}
			err := fixed(r.Keyholder[:], k)
			out = append(out, r)
			return true, err
		})
	return out, err
}

const indexColumns = `SELECT conversation, change, seq, activity_ms FROM account_conversation WHERE account = $1 `

func (t accountTx) index(query string, args []any) ([]store.ConversationIndex, error) {
	var out []store.ConversationIndex
	err := t.c.each(query, args, func(rows *sql.Rows) (bool, error) {
		var r store.ConversationIndex
		var id []byte
		if err := rows.Scan(&id, &r.Change, &r.Seq, &r.ActivityMS); err != nil {
			return false, err
		}
		err := fixed(r.Conversation[:], id)
		out = append(out, r)
		return true, err
	})
	return out, err
}

func (t accountTx) ByActivity(after store.ConversationIndex, limit int) ([]store.ConversationIndex, error) {
	if after == (store.ConversationIndex{}) {
		return t.index(indexColumns+`ORDER BY activity_ms DESC, conversation DESC LIMIT $2`, t.key(limit))
	}
	return t.index(indexColumns+`AND (activity_ms, conversation) < ($2, $3)
		ORDER BY activity_ms DESC, conversation DESC LIMIT $4`,
		t.key(num(after.ActivityMS), after.Conversation[:], limit))
}

func (t accountTx) ByChange(change uint64, limit int) ([]store.ConversationIndex, error) {
	return t.index(indexColumns+`AND change > $2 ORDER BY change LIMIT $3`, t.key(num(change), limit))
}

func (t accountTx) ConversationCount() (n uint64, err error) {
	err = t.c.one(`SELECT count(*) FROM account_conversation WHERE account = $1`, t.key(), &n)
	return n, err
}

func (t accountTx) Conversation(id convo.ID) (store.ConversationIndex, error) {
	list, err := t.index(indexColumns+`AND conversation = $2`, t.key(id[:]))
	if err != nil {
		return store.ConversationIndex{}, err
	}
	if len(list) == 0 {
		return store.ConversationIndex{}, store.ErrNotFound
	}
	return list[0], nil
}
