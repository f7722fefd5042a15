package sqlstore

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// Meta implements store.Store.
func (s *DB) Meta(ctx context.Context, name string) (value []byte, err error) {
	err = s.view(ctx, func(c *conn) error {
		return c.one(`SELECT value FROM meta WHERE name = $1`, []any{name}, &value)
	})
	return value, err
}

// KeepMeta implements store.Store.
func (s *DB) KeepMeta(ctx context.Context, name string, value []byte) (kept []byte, err error) {
	err = s.update(ctx, func(c *conn) error {
		if _, err := c.exec(`INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, bin(value)); err != nil {
			return err
		}
		return c.one(`SELECT value FROM meta WHERE name = $1`, []any{name}, &kept)
	})
	return kept, err
}

// Handle implements store.Store.
func (s *DB) Handle(ctx context.Context, handle string) (row store.HandleRow, err error) {
	err = s.view(ctx, func(c *conn) error {
		row, err = readHandle(c, handle)
		return err
	})
	return row, err
}

func readHandle(c *conn, handle string) (store.HandleRow, error) {
	row := store.HandleRow{Handle: handle}
	var id []byte
	err := c.one(`SELECT account, claimed_ms FROM handle WHERE handle = $1`, []any{handle}, &id, &row.ClaimedMS)
	if err != nil {
		return store.HandleRow{}, err
	}
	err = fixed(row.Account[:], id)
	return row, err
}

// ClaimHandle implements store.Store. Abandoned may ask the store, so it is
// called between the transactions.
func (s *DB) ClaimHandle(ctx context.Context, row store.HandleRow, staleMS uint64, abandoned func(account.ID) bool) error {
	before, err := s.Handle(ctx, row.Handle)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case before.Account == row.Account:
		return nil
	case before.ClaimedMS >= staleMS || !abandoned(before.Account):
		return store.ErrTaken
	}
	return s.update(ctx, func(c *conn) error {
		now, err := readHandle(c, row.Handle)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return err
		case now.Account == row.Account:
			return nil
		case now != before:
			return store.ErrTaken
		}
		_, err = c.exec(`INSERT INTO handle (handle, account, claimed_ms) VALUES ($1, $2, $3)
			ON CONFLICT (handle) DO UPDATE SET account = excluded.account, claimed_ms = excluded.claimed_ms`,
			row.Handle, row.Account[:], num(row.ClaimedMS))
		return err
	})
}

// PutInvite implements store.Store.
func (s *DB) PutInvite(ctx context.Context, hash [32]byte, createdMS uint64) error {
	return s.update(ctx, func(c *conn) error {
		_, err := c.exec(`INSERT INTO invite (hash, created_ms) VALUES ($1, $2)`, hash[:], num(createdMS))
		return err
	})
}

// UseInvite implements store.Store.
func (s *DB) UseInvite(ctx context.Context, hash [32]byte, id account.ID) error {
	return s.update(ctx, func(c *conn) error {
		var used []byte
		if err := c.one(`SELECT account FROM invite WHERE hash = $1`, []any{hash[:]}, &used); err != nil {
			return err
		}
		switch {
		case used == nil:
			return c.change(`UPDATE invite SET account = $2 WHERE hash = $1`, hash[:], id[:])
		case string(used) != string(id[:]):
			return store.ErrTaken
		}
		return nil
	})
}
