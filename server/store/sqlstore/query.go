package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// conn is a database connection with its prepared statements. It is used by one
// goroutine at a time.
type conn struct {
	sql   *sql.Conn
	stmts map[string]*sql.Stmt
	// erased says, of the connection that writes, that there is something to scrub.
	erased bool
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, wrap(err)
	}
	return &conn{sql: c, stmts: make(map[string]*sql.Stmt)}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.sql.Close())...)
}

// stmt prepares a statement the first time it is used. All statements are
// constants, so that the map stays small.
func (c *conn) stmt(query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.sql.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, wrap(err)
	}
	c.stmts[query] = s
	return s, nil
}

// exec runs a statement and returns how many rows it changed. Statements are
// short and must not be cut off between a savepoint's begin and its end, so they
// run without the caller's context.
func (c *conn) exec(query string, args ...any) (int64, error) {
	s, err := c.stmt(query)
	if err != nil {
		return 0, err
	}
	r, err := s.Exec(args...)
	if err != nil {
		return 0, wrap(err)
	}
	return r.RowsAffected()
}

// change is exec that must change a row.
func (c *conn) change(query string, args ...any) error {
	n, err := c.exec(query, args...)
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}

// one scans the first row into dst, or returns store.ErrNotFound.
func (c *conn) one(query string, args []any, dst ...any) error {
	s, err := c.stmt(query)
	if err != nil {
		return err
	}
	err = s.QueryRow(args...).Scan(dst...)
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	return wrap(err)
}

// accounts returns the accounts that a query of one column finds, in its order.
func (c *conn) accounts(query string, args []any) (out []account.ID, err error) {
	err = c.each(query, args, func(rows *sql.Rows) (bool, error) {
		var b []byte
		if err := rows.Scan(&b); err != nil {
			return false, err
		}
		var id account.ID
		err := fixed(id[:], b)
		out = append(out, id)
		return true, err
	})
	return out, err
}

// each calls scan for every row until it returns false.
func (c *conn) each(query string, args []any, scan func(*sql.Rows) (bool, error)) error {
	s, err := c.stmt(query)
	if err != nil {
		return err
	}
	rows, err := s.Query(args...)
	if err != nil {
		return wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		more, err := scan(rows)
		if err != nil {
			return wrap(err)
		}
		if !more {
			return wrap(rows.Close())
		}
	}
	return wrap(rows.Err())
}

// wrap marks errors of the database; a broken uniqueness is store.ErrExists.
func wrap(err error) error {
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "UNIQUE constraint"):
		return store.ErrExists
	}
	return fmt.Errorf("sqlstore: %w", err)
}

// num is v as the database holds it; what does not fit, none of which orders
// anything, is the greatest number.
func num(v uint64) int64 { return int64(min(v, math.MaxInt64)) }

// bin is b for a column that is never null.
func bin(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// flag is v as the database holds it.
func flag(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// fixed fills dst from a column, which must have its size.
func fixed(dst, src []byte) error {
	if len(src) != len(dst) {
		return errColumn
	}
	copy(dst, src)
	return nil
}

var errColumn = errors.New("sqlstore: column of another size")
