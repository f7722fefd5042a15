package sqlstore

import (
	"context"
	"errors"
	"fmt"
)

const (
	// maxGroup is how many transactions share one write to disk at most.
	maxGroup = 512
	// queueLength is how many transactions may wait before callers wait to queue.
	queueLength = 1024
)

// writer runs all transactions that write, on one connection, in groups. The
// goroutine that startWriter starts ends with stop.
type writer struct {
	conn    *conn
	dialect dialect
	jobs    chan *job
	ended   chan struct{}
}

type job struct {
	ctx   context.Context
	fn    func(*conn) error
	err   error
	panic any
	done  chan struct{}
}

func startWriter(c *conn, d dialect) *writer {
	w := &writer{conn: c, dialect: d, jobs: make(chan *job, queueLength), ended: make(chan struct{})}
	go w.run()
	return w
}

// stop finishes what is queued. No do may come after it.
func (w *writer) stop() error {
	close(w.jobs)
	<-w.ended
	return w.conn.close()
}

// do runs fn in the next group. Once it is queued the caller waits for its end,
// whatever becomes of ctx: only then is it known what happened.
func (w *writer) do(ctx context.Context, fn func(*conn) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return ctx.Err()
	}
	<-j.done
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

func (w *writer) run() {
	defer close(w.ended)
	for first := range w.jobs {
		w.commit(first)
	}
}

// commit runs a group of transactions: first, and all that have come meanwhile.
// A transaction that fails is undone alone; if the group does not reach the
// disk, all have failed.
func (w *writer) commit(first *job) {
	group := []*job{first}
	_, err := w.conn.exec(w.dialect.begin)
	if err == nil {
		w.attempt(first)
	more:
		for len(group) < maxGroup {
			select {
			case j, ok := <-w.jobs:
				if !ok {
					break more
				}
				group = append(group, j)
				w.attempt(j)
			default:
				break more
			}
		}
		if _, err = w.conn.exec("COMMIT"); err != nil {
			_, undo := w.conn.exec("ROLLBACK")
			err = errors.Join(err, undo)
		}
	}
	for _, j := range group {
		if err != nil {
			j.err = err
		}
		close(j.done)
	}
}

// attempt runs one transaction in a savepoint.
func (w *writer) attempt(j *job) {
	if j.err = j.ctx.Err(); j.err != nil {
		return
	}
	if _, j.err = w.conn.exec("SAVEPOINT one"); j.err != nil {
		return
	}
	j.err = j.call(w.conn)
	if j.err != nil {
		if _, err := w.conn.exec("ROLLBACK TO one"); err != nil {
			j.err = errors.Join(j.err, err)
		}
	}
	if _, err := w.conn.exec("RELEASE one"); err != nil {
		j.err = errors.Join(j.err, err)
	}
}

// call keeps a panic for the caller's goroutine, where it belongs.
func (j *job) call(c *conn) (err error) {
	defer func() {
		if j.panic = recover(); j.panic != nil {
			err = fmt.Errorf("sqlstore: transaction panicked")
		}
	}()
	return j.fn(c)
}
