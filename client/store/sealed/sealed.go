// Package sealed wraps a store so that what reaches the disk shows nothing
// without a key: values are sealed, the ids in keys are replaced by the output
// of a pseudorandom function. What stays legible are the tables' tags, the
// ordinals, the number of entries and their sizes (spec/device-store.md).
//
// Start with Open. The key is kept by the caller, natively in a file that only
// the owner can read. A sealed store takes structured keys only, as store.Table
// makes them, and answers store.ErrKey to others.
//
// It protects what is at rest against a reader. Someone who can also write to
// the disk can bring back an older value of an entry, or remove it; an altered
// value is store.ErrCorrupt.
package sealed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/coffer-chat/coffer/client/store"
)

// The tables' space: every structured key lies between these.
var (
	firstKey = []byte{'a'}
	pastLast = []byte{'z' + 1}
)

// marker is where a sealed store says that it is one, outside the tables'
// space. Its value is sealed under the key: a wrong key is noticed at Open.
var marker = []byte{0x00}

const markerVersion = 1

// Store is a store.Store that seals what it hands on. Use Open.
type Store struct {
	inner store.Store
	s     *secrets
	mu    sync.Mutex // guards rand
	rand  io.Reader
}

var _ store.Store = (*Store)(nil)

// Open seals inner under key, KeySize bytes. Randomness for nonces is read from
// rand. The errors are store.ErrWrongKey, and store.ErrFormat if inner holds
// something else or a later format. Closing the result closes inner; after an
// error inner is still open.
func Open(ctx context.Context, inner store.Store, key []byte, rand io.Reader) (*Store, error) {
	sec, err := newSecrets(key)
	if err != nil {
		return nil, err
	}
	s := &Store{inner: inner, s: sec, rand: rand}
	err = s.mark(ctx)
	if errors.Is(err, store.ErrConflict) { // another process was faster
		err = s.mark(ctx)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// mark checks the marker, or writes it to an empty store.
func (s *Store) mark(ctx context.Context) error {
	v, err := s.inner.Get(ctx, marker)
	if err == nil {
		if len(v) < 1+sealOverhead || v[0] != markerVersion {
			return store.ErrFormat
		}
		const n = sealOverhead - 16
		if _, err := s.s.values.Open(nil, v[1:1+n], v[1+n:], aad(marker)); err != nil {
			return store.ErrWrongKey
		}
		return nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	switch _, err := store.First(ctx, s.inner, store.Range{}); {
	case err == nil:
		// Perhaps another process has just begun; then the marker is there.
		if ok, err := store.Has(ctx, s.inner, marker); err != nil || ok {
			return errors.Join(err, store.ErrConflict)
		}
		return fmt.Errorf("%w: not a sealed store", store.ErrFormat)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	box, err := s.s.seal(marker, nil, nil, s.rand)
	if err != nil {
		return err
	}
	var b store.Batch
	b.RequireAbsent(marker)
	b.Set(marker, append([]byte{markerVersion}, box...))
	return s.inner.Apply(ctx, &b)
}

// Get implements store.Store. A value that was altered, or moved from another
// key, is store.ErrCorrupt.
func (s *Store) Get(ctx context.Context, key []byte) ([]byte, error) {
	hidden, _, err := s.s.key(key)
	if err != nil {
		return nil, err
	}
	box, err := s.inner.Get(ctx, hidden)
	if err != nil {
		return nil, err
	}
	_, v, err := s.s.open(hidden, box)
	return v, err
}

// Scan implements store.Store. Keys come back as they were set.
func (s *Store) Scan(ctx context.Context, r store.Range, fn func(key, value []byte) error) error {
	var err error
	if r.From, err = s.s.bound(r.From, firstKey); err != nil {
		return err
	}
	if r.To, err = s.s.bound(r.To, pastLast); err != nil {
		return err
	}
	return s.inner.Scan(ctx, r, func(hidden, box []byte) error {
		k, v, err := s.s.open(hidden, box)
		if err != nil {
			return err
		}
		return fn(k, v)
	})
}

// Close closes the wrapped store.
func (s *Store) Close() error { return s.inner.Close() }
