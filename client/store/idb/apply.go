//go:build js && wasm

package idb

import (
	"bytes"
	"context"
	"syscall/js"

	"github.com/coffer-chat/coffer/client/store"
)

// Apply implements store.Store: one transaction that reads what is required and,
// where all of it holds, writes.
func (s *Store) Apply(ctx context.Context, b *store.Batch) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	if err := b.Check(); err != nil {
		return err
	}
	var why error // of an abort that is ours
	return s.transaction("readwrite", func(tx js.Value, h *handlers) {
		objects := tx.Call("objectStore", entries)
		left := len(b.Requirements())
		if left == 0 {
			write(objects, b)
			return
		}
		fail := func(err error) {
			if err != nil && why == nil {
				why = err
				tx.Call("abort")
			}
		}
		for _, q := range b.Requirements() {
			r := objects.Call("get", toJS(q.Key))
			h.on(r, "onsuccess", func() {
				if why != nil {
					return
				}
				if !holds(q, r.Get("result")) {
					fail(store.ErrConflict)
					return
				}
				if left--; left == 0 {
					fail(try(func() { write(objects, b) }))
				}
			})
		}
	}, func() error { return why })
}

func holds(q store.Requirement, v js.Value) bool {
	if q.Absent || v.IsUndefined() {
		return q.Absent && v.IsUndefined()
	}
	return bytes.Equal(toGo(v), q.Value)
}

// write makes the requests of a batch's changes, in their order.
func write(objects js.Value, b *store.Batch) {
	for _, op := range b.Ops() {
		switch op.Kind {
		case store.OpSet:
			objects.Call("put", toJS(op.Value), toJS(op.Key))
		case store.OpDelete:
			objects.Call("delete", toJS(op.Key))
		case store.OpDeleteRange:
			if bounds, some := keyRange(op.Key, op.To); some {
				objects.Call("delete", bounds)
			}
		}
	}
}

// keyRange is from <= key < to; some is false where nothing can lie in it. A
// range of everything begins with the first key of all.
func keyRange(from, to []byte) (bounds js.Value, some bool) {
	if len(from) == 0 {
		from = []byte{}
	}
	ranges := js.Global().Get("IDBKeyRange")
	if to == nil {
		return ranges.Call("lowerBound", toJS(from)), true
	}
	if bytes.Compare(from, to) >= 0 {
		return js.Value{}, false
	}
	return ranges.Call("bound", toJS(from), toJS(to), false, true), true
}
