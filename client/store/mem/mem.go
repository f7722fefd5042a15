// Package mem is a store in memory, for tests and for sessions that leave no
// trace. Start with New. It can be told to fail or crash at a chosen Apply
// (Inject), and hands out what a restart would find (Survivor).
package mem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/coffer-chat/coffer/client/store"
)

// Store is a store.Store in memory. Use New.
type Store struct {
	mu      sync.RWMutex
	root    *node
	applies int
	inject  func(n int) Fault
	crashed bool
	closed  bool
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{} }

// Snapshot returns a store with the same entries, open and without faults. It
// takes no time: entries are shared until changed.
func (s *Store) Snapshot() *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &Store{root: s.root}
}

func (s *Store) state() error {
	switch {
	case s.closed:
		return store.ErrClosed
	case s.crashed:
		return store.ErrCrashed
	}
	return nil
}

// view returns the tree as it is now.
func (s *Store) view(ctx context.Context) (*node, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.root, s.state()
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, key []byte) ([]byte, error) {
	root, err := s.view(ctx)
	if err != nil {
		return nil, err
	}
	if err := store.CheckKey(key); err != nil {
		return nil, err
	}
	n := find(root, key)
	if n == nil {
		return nil, store.ErrNotFound
	}
	return n.val, nil
}

// Scan implements store.Store. It sees the store as it was at the call.
func (s *Store) Scan(ctx context.Context, r store.Range, fn func(key, value []byte) error) error {
	root, err := s.view(ctx)
	if err != nil {
		return err
	}
	left := r.Limit
	walk(root, r.From, r.To, r.Reverse, func(n *node) bool {
		if err = ctx.Err(); err != nil {
			return false
		}
		if err = fn(n.key, n.val); err != nil {
			return false
		}
		left--
		return left != 0
	})
	if errors.Is(err, store.ErrStop) {
		return nil
	}
	return err
}

// Apply implements store.Store, as durably as memory can.
func (s *Store) Apply(ctx context.Context, b *store.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := b.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.state(); err != nil {
		return err
	}
	for _, q := range b.Requirements() {
		n := find(s.root, q.Key)
		if q.Absent != (n == nil) || (n != nil && !bytes.Equal(n.val, q.Value)) {
			return store.ErrConflict
		}
	}
	return s.commit(apply(s.root, b))
}

// commit makes root the store's tree, unless a fault is due. s.mu is held.
func (s *Store) commit(root *node) error {
	fault := None
	if s.inject != nil {
		fault = s.inject(s.applies)
	}
	s.applies++
	switch fault {
	case Refuse:
		return fmt.Errorf("%w (fault injection)", store.ErrFull)
	case CrashBefore:
		s.crashed = true
		return store.ErrCrashed
	case CrashAfter:
		s.root, s.crashed = root, true
		return store.ErrCrashed
	}
	s.root = root
	return nil
}

// apply returns the tree after the batch's changes, made of copies of its
// slices.
func apply(root *node, b *store.Batch) *node {
	for _, op := range b.Ops() {
		switch op.Kind {
		case store.OpSet:
			buf := make([]byte, len(op.Key)+len(op.Value))
			k := copy(buf, op.Key)
			copy(buf[k:], op.Value)
			root = set(root, buf[:k:k], buf[k:])
		case store.OpDelete:
			if find(root, op.Key) != nil {
				root = remove(root, op.Key)
			}
		case store.OpDeleteRange:
			root = cut(root, op.Key, op.To)
		}
	}
	return root
}

// Close implements store.Store. The entries stay for Survivor.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
