//go:build js && wasm

package idb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall/js"

	"github.com/coffer-chat/coffer/client/store"
)

const (
	// format is the database's version; a later one is refused (ErrFormat).
	format  = 1
	entries = "kv" // the one object store
)

// Store is a store.Store in IndexedDB. Use Open.
type Store struct {
	db     js.Value
	events handlers

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup
}

var _ store.Store = (*Store)(nil)

// Open opens the database of that name, and makes an empty one where there is
// none. It fails with store.ErrFormat for a later version's, and waits until
// ctx is done while another tab keeps the name busy.
func Open(ctx context.Context, name string) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	factory := js.Global().Get("indexedDB")
	if !factory.Truthy() {
		return nil, errors.New("store: there is no IndexedDB here")
	}
	var db js.Value
	err := request(ctx, func(h *handlers) js.Value {
		r := factory.Call("open", name, format)
		h.on(r, "onupgradeneeded", func() { r.Get("result").Call("createObjectStore", entries) })
		return r
	}, func(result js.Value) { db = result })
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	// Another tab that wants to delete the database must not wait for this one,
	// and a browser that has thrown it away has closed it already.
	s.events.on(db, "onversionchange", s.shut)
	s.events.on(db, "onclose", s.shut)
	return s, nil
}

// Delete deletes the database of that name; that there is none is no error.
// Stores that have it open are closed.
func Delete(ctx context.Context, name string) error {
	return request(ctx, func(*handlers) js.Value {
		return js.Global().Get("indexedDB").Call("deleteDatabase", name)
	}, func(js.Value) {})
}

// request waits for one request that is not of a transaction.
func request(ctx context.Context, start func(h *handlers) js.Value, use func(result js.Value)) error {
	var h handlers
	done := make(chan error, 1)
	if err := try(func() {
		r := start(&h)
		h.on(r, "onsuccess", func() {
			use(r.Get("result"))
			done <- nil
		})
		h.on(r, "onerror", func() { done <- failure(r.Get("error")) })
	}); err != nil {
		h.release()
		return err
	}
	select {
	case err := <-done:
		h.release()
		return err
	case <-ctx.Done():
		go func() { // the browser still answers, some time
			<-done
			h.release()
		}()
		return fmt.Errorf("%w: %w", store.ErrBusy, ctx.Err())
	}
}

// begin enters a call, which end leaves.
func (s *Store) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.ErrClosed
	}
	s.calls.Add(1)
	return nil
}

func (s *Store) end() { s.calls.Done() }

// shut refuses further calls and lets the browser close the database once the
// transactions under way have ended.
func (s *Store) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.db.Call("close")
	}
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	s.calls.Wait()
	if !closed {
		s.db.Call("close")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.events != nil {
		s.db.Set("onversionchange", js.Null())
		s.db.Set("onclose", js.Null())
		s.events.release()
	}
	return nil
}
