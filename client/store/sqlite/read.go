package sqlite

import (
	"context"
	"errors"
	"strings"

	"github.com/coffer-chat/coffer/client/store"
)

// A Scan reads this much at a time, so that no statement is open, and no
// connection taken, while the caller's function runs.
const (
	firstPageRows = 64
	pageRows      = 1024
	pageBytes     = 1 << 20
)

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, key []byte) ([]byte, error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	var v []byte
	// A context that can be cancelled costs the driver a goroutine a query.
	err = s.get.QueryRowContext(context.WithoutCancel(ctx), key).Scan(&v)
	return v, typed(err)
}

// Scan implements store.Store.
func (s *Store) Scan(ctx context.Context, r store.Range, fn func(key, value []byte) error) error {
	left, rows := r.Limit, firstPageRows
	after := false
	for {
		n := rows
		if r.Limit > 0 {
			n = min(n, left)
		}
		page, more, err := s.page(ctx, r, after, n)
		if err != nil {
			return err
		}
		for i, e := range page {
			if i > 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := fn(e.Key, e.Value); err != nil {
				if errors.Is(err, store.ErrStop) {
					return nil
				}
				return err
			}
		}
		left -= len(page)
		if !more || (r.Limit > 0 && left == 0) {
			return nil
		}
		after = true
		if last := page[len(page)-1].Key; r.Reverse {
			r.To = last
		} else {
			r.From = last
		}
		rows = pageRows
	}
}

// page reads up to n entries of r, without the entry at From if after is set
// (To is always exclusive). more is false if the range is at its end.
func (s *Store) page(ctx context.Context, r store.Range, after bool, n int) (page []store.Entry, more bool, err error) {
	leave, err := s.enter(ctx)
	if err != nil {
		return nil, false, err
	}
	defer leave()
	query, args := selectRange(r, after && !r.Reverse, n)
	rows, err := s.db.QueryContext(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return nil, false, typed(err)
	}
	defer rows.Close()
	size := 0
	for rows.Next() {
		var e store.Entry
		if err := rows.Scan(&e.Key, &e.Value); err != nil {
			return nil, false, typed(err)
		}
		page = append(page, e)
		if size += len(e.Key) + len(e.Value); size >= pageBytes {
			return page, true, nil
		}
	}
	return page, len(page) == n, typed(rows.Err())
}

func selectRange(r store.Range, after bool, n int) (string, []any) {
	var q strings.Builder
	var args []any
	q.WriteString("SELECT k, v FROM kv")
	sep := " WHERE "
	if r.From != nil {
		q.WriteString(sep)
		if after {
			q.WriteString("k > ?")
		} else {
			q.WriteString("k >= ?")
		}
		sep = " AND "
		args = append(args, r.From)
	}
	if r.To != nil {
		q.WriteString(sep)
		q.WriteString("k < ?")
		args = append(args, r.To)
	}
	q.WriteString(" ORDER BY k")
	if r.Reverse {
		q.WriteString(" DESC")
	}
	q.WriteString(" LIMIT ?")
	return q.String(), append(args, n)
}
