package sqlstore

import (
	"context"
	"errors"
)

// Scrub implements store.Store. SQLite overwrites in the database what was
// erased (secure_delete), but the write-ahead log keeps older pages until it is
// cut off. Where readers are in the way that is left for the next time.
func (s *DB) Scrub(ctx context.Context) error {
	if s.dialect.scrub == "" || s.writer == nil {
		return nil
	}
	due := false
	if err := s.update(ctx, func(c *conn) error {
		due, c.erased = c.erased, false
		return nil
	}); err != nil || !due {
		return err
	}
	busy, err := s.cutLog(ctx)
	if err == nil && !busy {
		return nil
	}
	return errors.Join(err, s.update(ctx, func(c *conn) error {
		c.erased = true
		return nil
	}))
}

func (s *DB) cutLog(ctx context.Context) (busy bool, err error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	c, err := newConn(ctx, s.db)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	// Whoever writes waits meanwhile, so this does not wait for long.
	if _, err := c.sql.ExecContext(ctx, s.dialect.impatient); err != nil {
		return false, wrap(err)
	}
	defer func() {
		_, back := c.sql.ExecContext(context.WithoutCancel(ctx), s.dialect.patient)
		err = errors.Join(err, wrap(back))
	}()
	var blocked, pages, moved int
	err = wrap(c.sql.QueryRowContext(ctx, s.dialect.scrub).Scan(&blocked, &pages, &moved))
	return blocked != 0, err
}
