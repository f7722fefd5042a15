package sqlstore

import (
	"context"
	"database/sql"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// resetTables are made where they are not there: they came after the others. The
// index leads with a time, because the sweeper looks across accounts.
const resetTables = `
CREATE TABLE IF NOT EXISTS reset (
	account BYTES NOT NULL PRIMARY KEY,
	asked_ms BIGINT NOT NULL,
	due_ms BIGINT NOT NULL,
	stopped_ms BIGINT NOT NULL,
	proof BIGINT NOT NULL,
	code_hash BYTES NOT NULL,
	successor BYTES NOT NULL,
	erase_ms BIGINT,
	erased BIGINT NOT NULL,
	statement BYTES
) CLUSTERED;
CREATE INDEX IF NOT EXISTS reset_erase ON reset (erase_ms, account) WHERE erase_ms IS NOT NULL AND erased = 0;

CREATE TABLE IF NOT EXISTS succeeds (
	account BYTES NOT NULL PRIMARY KEY,
	statement BYTES NOT NULL
) CLUSTERED;

CREATE TABLE IF NOT EXISTS reset_in (
	conversation BYTES NOT NULL,
	account BYTES NOT NULL,
	statement BYTES NOT NULL,
	PRIMARY KEY (conversation, account)
) CLUSTERED;
`

func (t accountTx) Reset() (store.Reset, error) {
	var r store.Reset
	var code, successor []byte
	err := t.c.one(`SELECT asked_ms, due_ms, stopped_ms, proof, code_hash, successor, coalesce(erase_ms, 0), erased, statement
		FROM reset WHERE account = $1`, t.key(),
		&r.AskedMS, &r.DueMS, &r.StoppedMS, &r.By, &code, &successor, &r.EraseMS, &r.Erased, &r.Statement)
	if err != nil {
		return store.Reset{}, err
	}
	if err := fixed(r.CodeHash[:], code); err != nil {
		return store.Reset{}, err
	}
	err = fixed(r.Successor[:], successor)
	return r, err
}

func (t accountTx) PutReset(r store.Reset) error {
	var erase, statement any
	if r.EraseMS != 0 {
		erase = num(r.EraseMS)
	}
	if r.Statement != nil {
		statement = r.Statement
	}
	_, err := t.c.exec(`INSERT INTO reset (account, asked_ms, due_ms, stopped_ms, proof, code_hash, successor, erase_ms, erased, statement)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (account) DO UPDATE SET asked_ms = excluded.asked_ms, due_ms = excluded.due_ms, stopped_ms = excluded.stopped_ms,
			proof = excluded.proof, code_hash = excluded.code_hash, successor = excluded.successor, erase_ms = excluded.erase_ms,
			erased = excluded.erased, statement = excluded.statement`,
		t.key(num(r.AskedMS), num(r.DueMS), num(r.StoppedMS), int64(r.By), r.CodeHash[:], r.Successor[:], erase, flag(r.Erased), statement)...)
	if err != nil {
		return err
	}
	return t.c.change(`UPDATE account SET change = change + 1 WHERE account = $1`, t.key()...)
}

func (t accountTx) Succeeds() (statement []byte, err error) {
	err = t.c.one(`SELECT statement FROM succeeds WHERE account = $1`, t.key(), &statement)
	return statement, err
}

func (t accountTx) PutSucceeds(statement []byte) error {
	_, err := t.c.exec(`INSERT INTO succeeds (account, statement) VALUES ($1, $2)
		ON CONFLICT (account) DO UPDATE SET statement = excluded.statement`, t.key(statement)...)
	return err
}

func (t accountTx) DropSessions() error {
	_, err := t.c.exec(`DELETE FROM session WHERE account = $1`, t.key()...)
	return err
}

func (t conversationTx) Resets(limit int) (out [][]byte, err error) {
	err = t.c.each(`SELECT statement FROM reset_in WHERE conversation = $1 ORDER BY account LIMIT $2`, t.key(limit),
		func(rows *sql.Rows) (bool, error) {
			var b []byte
			err := rows.Scan(&b)
			out = append(out, b)
			return true, err
		})
	return out, err
}

func (t conversationTx) PutReset(id account.ID, statement []byte) error {
	_, err := t.c.exec(`INSERT INTO reset_in (conversation, account, statement) VALUES ($1, $2, $3)
		ON CONFLICT (conversation, account) DO UPDATE SET statement = excluded.statement`, t.key(id[:], statement)...)
	return err
}

// DueResets implements store.Store.
func (s *DB) DueResets(ctx context.Context, nowMS uint64, limit int) (out []account.ID, err error) {
	err = s.view(ctx, func(c *conn) error {
		out, err = c.accounts(`SELECT account FROM reset WHERE erase_ms IS NOT NULL AND erased = 0 AND erase_ms <= $1 ORDER BY erase_ms LIMIT $2`,
			[]any{num(nowMS), limit})
		return err
	})
	return out, err
}

// MoveHandle implements store.Store.
func (s *DB) MoveHandle(ctx context.Context, handle string, from, to account.ID, nowMS uint64) error {
	return s.update(ctx, func(c *conn) error {
		now, err := readHandle(c, handle)
		switch {
		case err != nil:
			return err
		case now.Account == to:
			return nil
		case now.Account != from:
			return store.ErrTaken
		}
		return c.change(`UPDATE handle SET account = $2, claimed_ms = $3 WHERE handle = $1`, handle, to[:], num(nowMS))
	})
}

// The column restricted of a session: what it may do.
const (
	sessionFull       = 0
	sessionRestricted = 1
	sessionReadOnly   = 2
)

func sessionKind(s store.Session) int64 {
	switch {
	case s.Restricted:
		return sessionRestricted
	case s.ReadOnly:
		return sessionReadOnly
	}
	return sessionFull
}

func setSessionKind(s *store.Session, kind int64) {
	s.Restricted, s.ReadOnly = kind == sessionRestricted, kind == sessionReadOnly
}
