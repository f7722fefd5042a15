package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/coffer-chat/coffer/client/store"
)

// maxGroup is how many bytes of batches one commit takes at most, unless a
// single batch is larger.
const maxGroup = 16 << 20

// writer is the one connection that writes. Whoever gets hold of it commits
// the batches of all who wait, in one transaction.
type writer struct {
	busy                 sync.Mutex // held by the one who commits
	conn                 *sql.Conn
	get, set, del        *sql.Stmt
	cut, cutFrom, cutTo  *sql.Stmt
	cutAll               *sql.Stmt
	begin, commit, abort *sql.Stmt

	mu    sync.Mutex // guards queue
	queue []*request
}

// request is a batch on its way. done and err belong to who holds busy.
type request struct {
	batch *store.Batch
	done  bool
	err   error
}

func (w *writer) prepare(ctx context.Context, conn *sql.Conn) error {
	w.conn = conn
	for _, s := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.get, "SELECT v FROM kv WHERE k = ?"},
		{&w.set, "INSERT INTO kv (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v"},
		{&w.del, "DELETE FROM kv WHERE k = ?"},
		{&w.cut, "DELETE FROM kv WHERE k >= ? AND k < ?"},
		{&w.cutFrom, "DELETE FROM kv WHERE k >= ?"},
		{&w.cutTo, "DELETE FROM kv WHERE k < ?"},
		{&w.cutAll, "DELETE FROM kv"},
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.abort, "ROLLBACK"},
	} {
		var err error
		if *s.to, err = conn.PrepareContext(ctx, s.sql); err != nil {
			return typed(err)
		}
	}
	return nil
}

func (w *writer) close() error {
	var errs []error
	for _, s := range []*sql.Stmt{w.get, w.set, w.del, w.cut, w.cutFrom, w.cutTo, w.cutAll, w.begin, w.commit, w.abort} {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, b *store.Batch) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := b.Check(); err != nil {
		return err
	}
	return s.w.apply(b)
}

func (w *writer) apply(b *store.Batch) error {
	r := &request{batch: b}
	w.mu.Lock()
	w.queue = append(w.queue, r)
	w.mu.Unlock()

	w.busy.Lock()
	defer w.busy.Unlock()
	for !r.done {
		w.commitGroup(w.take())
	}
	return r.err
}

// take removes the next group of batches from the queue.
func (w *writer) take() []*request {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, size := 0, 0
	for n < len(w.queue) && (n == 0 || size+w.queue[n].batch.Size() <= maxGroup) {
		size += w.queue[n].batch.Size()
		n++
	}
	group := append([]*request(nil), w.queue[:n]...)
	rest := copy(w.queue, w.queue[n:])
	clear(w.queue[rest:])
	w.queue = w.queue[:rest]
	return group
}

// commitGroup applies the batches in one transaction. A batch whose
// requirements do not hold fails alone; any other error fails them all.
func (w *writer) commitGroup(group []*request) {
	err := w.run(w.begin)
	if err == nil {
		for _, r := range group {
			if r.err = w.check(r.batch); r.err == nil {
				r.err = w.change(r.batch)
			}
			if r.err != nil && !errors.Is(r.err, store.ErrConflict) {
				err = r.err
				break
			}
		}
		if err == nil {
			err = w.run(w.commit)
		}
		if err != nil {
			// After some errors SQLite has rolled back by itself.
			_ = w.run(w.abort)
		}
	}
	for _, r := range group {
		r.done = true
		if err != nil {
			r.err = err
		}
	}
}

func (w *writer) run(s *sql.Stmt, args ...any) error {
	_, err := s.ExecContext(context.Background(), args...)
	return typed(err)
}

func (w *writer) check(b *store.Batch) error {
	for _, q := range b.Requirements() {
		var v []byte
		err := typed(w.get.QueryRowContext(context.Background(), q.Key).Scan(&v))
		absent := errors.Is(err, store.ErrNotFound)
		if err != nil && !absent {
			return err
		}
		if absent != q.Absent || (!absent && !bytes.Equal(v, q.Value)) {
			return store.ErrConflict
		}
	}
	return nil
}

func (w *writer) change(b *store.Batch) error {
	for _, op := range b.Ops() {
		var err error
		switch op.Kind {
		case store.OpSet:
			v := op.Value
			if v == nil {
				v = []byte{} // nil would be NULL
			}
			err = w.run(w.set, op.Key, v)
		case store.OpDelete:
			err = w.run(w.del, op.Key)
		case store.OpDeleteRange:
			switch {
			case op.Key != nil && op.To != nil:
				err = w.run(w.cut, op.Key, op.To)
			case op.Key != nil:
				err = w.run(w.cutFrom, op.Key)
			case op.To != nil:
				err = w.run(w.cutTo, op.To)
			default:
				err = w.run(w.cutAll)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Purge empties the write-ahead file, where values deleted a short while ago
// may still stand. While another process reads, it does what it can.
func (s *Store) Purge(ctx context.Context) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	s.w.busy.Lock()
	defer s.w.busy.Unlock()
	_, err = s.w.conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(TRUNCATE)")
	return typed(err)
}
