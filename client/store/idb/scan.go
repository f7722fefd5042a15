//go:build js && wasm

package idb

import (
	"context"
	"errors"
	"syscall/js"

	"github.com/coffer-chat/coffer/client/store"
)

// How much a Scan reads at once: more for small values, fewer for large ones, so
// that neither the trips through the browser nor the memory grow.
const (
	firstChunk = 16
	firstBack  = 4 // backwards, where each entry is a trip of its own
	maxChunk   = 1024
	chunkBytes = 1 << 20
)

// Scan implements store.Store. A transaction cannot outlive a wait for fn, so
// each chunk is a transaction of its own.
func (s *Store) Scan(ctx context.Context, r store.Range, fn func(key, value []byte) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	left, chunk := r.Limit, firstChunk
	if r.Reverse {
		chunk = firstBack
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := chunk
		if r.Limit > 0 {
			n = min(n, left)
		}
		list, err := s.chunk(r, n)
		if err != nil {
			return err
		}
		size := 0
		for _, e := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fn(e.Key, e.Value); err != nil {
				if errors.Is(err, store.ErrStop) {
					return nil
				}
				return err
			}
			size += len(e.Key) + len(e.Value)
		}
		left -= len(list)
		if len(list) < n || r.Limit > 0 && left == 0 {
			return nil
		}
		last := list[len(list)-1].Key
		if r.Reverse {
			r.To = last
		} else {
			r.From = append(append([]byte(nil), last...), 0) // the next key that there can be
		}
		switch {
		case size < chunkBytes/4:
			chunk = min(2*chunk, maxChunk)
		case size > chunkBytes:
			chunk = max(chunk/2, 1)
		}
	}
}

// chunk reads the first n entries of a range.
func (s *Store) chunk(r store.Range, n int) (list []store.Entry, err error) {
	bounds, some := keyRange(r.From, r.To)
	if !some {
		return nil, nil
	}
	err = s.read(func(objects js.Value, h *handlers) {
		if r.Reverse {
			backwards(objects, h, bounds, n, &list)
		} else {
			forwards(objects, h, bounds, n, &list)
		}
	})
	return list, err
}

// forwards reads keys and values with one request each.
func forwards(objects js.Value, h *handlers, bounds js.Value, n int, list *[]store.Entry) {
	keys := objects.Call("getAllKeys", bounds, n)
	values := objects.Call("getAll", bounds, n)
	h.on(values, "onsuccess", func() { // the second of two requests is the last to end
		k, v := keys.Get("result"), values.Get("result")
		for i := range v.Length() {
			*list = append(*list, store.Entry{Key: toGo(k.Index(i)), Value: toGo(v.Index(i))})
		}
	})
}

// backwards walks a cursor: there is no getAll from the end in every browser.
func backwards(objects js.Value, h *handlers, bounds js.Value, n int, list *[]store.Entry) {
	r := objects.Call("openCursor", bounds, "prev")
	h.on(r, "onsuccess", func() {
		cursor := r.Get("result")
		if !cursor.Truthy() {
			return
		}
		*list = append(*list, store.Entry{Key: toGo(cursor.Get("key")), Value: toGo(cursor.Get("value"))})
		if len(*list) < n {
			cursor.Call("continue")
		}
	})
}
