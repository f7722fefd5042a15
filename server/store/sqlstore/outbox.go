package sqlstore

import (
	"context"
	"database/sql"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// Wakes implements store.Store.
func (s *DB) Wakes(ctx context.Context, limit int) (out []store.Wake, err error) {
	err = s.view(ctx, func(c *conn) error {
		scan := func(dst func(*store.Wake) []byte) func(*sql.Rows) (bool, error) {
			return func(rows *sql.Rows) (bool, error) {
				var w store.Wake
				var id []byte
				if err := rows.Scan(&id, &w.Mark); err != nil {
					return false, err
				}
				err := fixed(dst(&w), id)
				out = append(out, w)
				return true, err
			}
		}
		err := c.each(`SELECT conversation, mark FROM outbox LIMIT $1`, []any{limit},
			scan(func(w *store.Wake) []byte { return w.Conversation[:] }))
		if err != nil || len(out) >= limit {
			return err
		}
		return c.each(`SELECT account, mark FROM account_outbox LIMIT $1`, []any{limit - len(out)},
			scan(func(w *store.Wake) []byte { return w.Account[:] }))
	})
	return out, err
}

// Woken implements store.Store.
func (s *DB) Woken(ctx context.Context, wakes []store.Wake) error {
	return s.update(ctx, func(c *conn) error {
		for _, w := range wakes {
			query, key := `DELETE FROM outbox WHERE conversation = $1 AND mark = $2`, w.Conversation[:]
			if w.Conversation == (convo.ID{}) {
				query, key = `DELETE FROM account_outbox WHERE account = $1 AND mark = $2`, w.Account[:]
			}
			if _, err := c.exec(query, key, num(w.Mark)); err != nil {
				return err
			}
		}
		return nil
	})
}

// DueErasures implements store.Store.
func (s *DB) DueErasures(ctx context.Context, nowMS uint64, limit int) (out []store.EntryID, err error) {
	err = s.view(ctx, func(c *conn) error {
		return c.each(`SELECT conversation, seq FROM entry WHERE erase_ms IS NOT NULL AND erase_ms <= $1
			ORDER BY erase_ms LIMIT $2`, []any{num(nowMS), limit}, func(rows *sql.Rows) (bool, error) {
			var e store.EntryID
			var id []byte
			if err := rows.Scan(&id, &e.Seq); err != nil {
				return false, err
			}
			err := fixed(e.Conversation[:], id)
			out = append(out, e)
			return true, err
		})
	})
	return out, err
}

// Expire implements store.Store.
func (s *DB) Expire(ctx context.Context, nowMS, welcomesBeforeMS uint64) error {
	for _, e := range []struct {
		query string
		ms    uint64
	}{
		{`DELETE FROM session WHERE expires_ms <= $1`, nowMS},
		{`DELETE FROM nonce WHERE expires_ms <= $1`, nowMS},
		{`DELETE FROM link_box WHERE (account, mailbox) IN (SELECT account, mailbox FROM link WHERE expires_ms <= $1)`, nowMS},
		{`DELETE FROM link WHERE expires_ms <= $1`, nowMS},
		{`DELETE FROM welcome WHERE created_ms <= $1`, welcomesBeforeMS},
	} {
		err := s.update(ctx, func(c *conn) error {
			_, err := c.exec(e.query, num(e.ms))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
