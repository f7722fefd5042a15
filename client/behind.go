package client

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
)

// maxBehind is how many bytes may be on their way to the store before the caller
// waits, unless one batch alone has more.
const maxBehind = 8 << 20

// lateBatch is a batch that is finished and applied while the caller goes on.
type lateBatch struct {
	batch *store.Batch
	// finish, if set, adds what takes long to make; it is about weight bytes. It
	// runs beside the engine and so takes nothing of it that changes, but after the
	// finish of the batch before.
	finish func(*store.Batch) error
	weight int
}

// late is a batch on its way to the store.
type late struct {
	ops  []store.Op // what it held when it was handed over
	size int
	news []convo.ID
	then []func() // what is to be done once it is stored

	made   chan struct{} // closed when finish has returned
	stored chan struct{} // closed when it is stored, or cannot be
	err    error         // valid then
}

// applyBehind applies a batch while the caller goes on, after every batch before
// it and before every one after; if one of them fails, so do those behind it. What
// is on its way is seen by get, but not by a Scan, before which settle is called.
// locked calls it before it gives up the device's lock.
func (e *Engine) applyBehind(ctx context.Context, b lateBatch) error {
	w := &late{ops: b.batch.Ops(), size: b.batch.Size() + b.weight, made: make(chan struct{}), stored: make(chan struct{})}
	for len(e.writing) > 0 && (e.behind()+w.size > maxBehind || e.writing[0].isStored()) {
		if err := e.settleOne(); err != nil {
			return err
		}
	}
	e.stamp++
	b.batch.Set(keyStamp.Bytes(), appendUint64(nil, e.stamp))
	w.news = slices.Collect(maps.Keys(e.news))
	clear(e.news)
	var before *late
	if n := len(e.writing); n > 0 {
		before = e.writing[n-1]
	}
	e.writing = append(e.writing, w)
	ctx = context.WithoutCancel(ctx) // it is soon done, and then nothing is lost
	s := e.cfg.Store
	go func() {
		defer close(w.stored)
		if before != nil {
			<-before.made
		}
		if b.finish != nil {
			w.err = b.finish(b.batch)
		}
		close(w.made)
		if before != nil {
			<-before.stored
			if before.err != nil {
				w.err = before.err
			}
		}
		if w.err == nil {
			w.err = s.Apply(ctx, b.batch)
		}
	}()
	return nil
}

// behind is how many bytes are on their way to the store.
func (e *Engine) behind() (size int) {
	for _, w := range e.writing {
		size += w.size
	}
	return size
}

func (w *late) isStored() bool {
	select {
	case <-w.stored:
		return true
	default:
		return false
	}
}

// applySoon is applyBehind in the middle of a restore, which loses nothing that
// cannot be fetched again, and apply otherwise.
func (e *Engine) applySoon(ctx context.Context, b *store.Batch) error {
	if e.restoring {
		return e.applyBehind(ctx, lateBatch{batch: b})
	}
	return e.apply(ctx, b)
}

// settle waits for all that applyBehind is at.
func (e *Engine) settle() error {
	for len(e.writing) > 0 {
		if err := e.settleOne(); err != nil {
			return err
		}
	}
	return nil
}

// settleIn waits for what is on its way to a range of the store, which may then be
// scanned.
func (e *Engine) settleIn(r store.Range) error {
	for i := len(e.writing) - 1; i >= 0; i-- {
		if !e.writing[i].changes(r) {
			continue
		}
		for range i + 1 {
			if err := e.settleOne(); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// changes reports whether a batch changes something in a range.
func (w *late) changes(r store.Range) bool {
	return slices.ContainsFunc(w.ops, func(op store.Op) bool {
		if op.Kind == store.OpDeleteRange {
			return (op.To == nil || r.From == nil || bytes.Compare(r.From, op.To) < 0) &&
				(op.Key == nil || r.To == nil || bytes.Compare(op.Key, r.To) < 0)
		}
		return bytes.Compare(r.From, op.Key) <= 0 && (r.To == nil || bytes.Compare(op.Key, r.To) < 0)
	})
}

// settleOne waits for the first batch that is on its way.
func (e *Engine) settleOne() error {
	w := e.writing[0]
	<-w.stored
	if w.err != nil {
		for _, after := range e.writing {
			<-after.stored // they have failed too
		}
		e.writing = nil
		return e.applied(w.err)
	}
	e.writing = e.writing[1:]
	for _, id := range w.news {
		e.announce(id)
	}
	for _, f := range w.then {
		f()
	}
	return nil
}

// afterwards does f once all that is on its way is stored; if it cannot be, all
// that is in memory is forgotten anyhow.
func (e *Engine) afterwards(f func()) {
	if n := len(e.writing); n > 0 {
		e.writing[n-1].then = append(e.writing[n-1].then, f)
		return
	}
	f()
}

// sharedRand lets what is made beside the engine read its randomness.
type sharedRand struct {
	mu sync.Mutex
	r  io.Reader
}

// Read reads randomness.
func (s *sharedRand) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(p)
}

// onTheWay returns the value that a key gets by what is on its way to the store,
// nil where it is deleted; known is false where nothing is said of it.
func (e *Engine) onTheWay(key []byte) (v []byte, known bool) {
	for _, w := range slices.Backward(e.writing) {
		for _, op := range slices.Backward(w.ops) {
			if op.Kind == store.OpDeleteRange {
				if bytes.Compare(op.Key, key) <= 0 && (op.To == nil || bytes.Compare(key, op.To) < 0) {
					return nil, true
				}
			} else if bytes.Equal(op.Key, key) {
				if op.Kind == store.OpDelete {
					return nil, true
				}
				return append([]byte{}, op.Value...), true
			}
		}
	}
	return nil, false
}
