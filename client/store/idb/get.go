//go:build js && wasm

package idb

import (
	"context"
	"syscall/js"

	"github.com/coffer-chat/coffer/client/store"
)

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, key []byte) ([]byte, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	defer s.end()
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	var value []byte
	found := false
	err := s.read(func(t js.Value, h *handlers) {
		r := t.Call("get", toJS(key))
		h.on(r, "onsuccess", func() {
			if v := r.Get("result"); !v.IsUndefined() {
				value, found = toGo(v), true
			}
		})
	})
	if err == nil && !found {
		err = store.ErrNotFound
	}
	return value, err
}

// read runs a transaction that reads, and waits until it has ended.
func (s *Store) read(f func(objects js.Value, h *handlers)) error {
	return s.transaction("readonly", func(tx js.Value, h *handlers) {
		f(tx.Call("objectStore", entries), h)
	}, func() error { return nil })
}

// transaction runs one transaction and waits until it has ended. start makes its
// first requests; handlers may make more. If it was aborted, the error is what
// reason returns, or else the browser's.
func (s *Store) transaction(mode string, start func(tx js.Value, h *handlers), reason func() error) error {
	var h handlers
	defer h.release()
	ended := make(chan error, 1)
	var tx js.Value
	if err := try(func() {
		tx = s.db.Call("transaction", entries, mode, strict)
		h.on(tx, "oncomplete", func() { ended <- nil })
		h.on(tx, "onabort", func() {
			err := reason()
			if err == nil {
				err = failure(tx.Get("error"))
			}
			ended <- err
		})
		start(tx, &h)
	}); err != nil {
		if tx.Truthy() { // begun: its handlers must stay until it has ended
			if try(func() { tx.Call("abort") }) == nil {
				<-ended
			}
		}
		return err
	}
	return <-ended
}

// strict makes a transaction complete only when it is on disk.
var strict = js.ValueOf(map[string]any{"durability": "strict"})
