package sealed

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/coffer-chat/coffer/client/store"
)

// Apply implements store.Store. Since two sealings of one value differ, what a
// requirement is held against is read first, and must then not have been
// written anew, be it with the same value: ErrConflict can be returned once too
// often, never once too little.
func (s *Store) Apply(ctx context.Context, b *store.Batch) error {
	if err := b.Check(); err != nil {
		return err
	}
	var out store.Batch
	out.Widen()
	for _, q := range b.Requirements() {
		if err := s.require(ctx, &out, q); err != nil {
			return err
		}
	}
	for _, op := range b.Ops() {
		if err := s.change(&out, op); err != nil {
			return err
		}
	}
	return s.inner.Apply(ctx, &out)
}

func (s *Store) require(ctx context.Context, out *store.Batch, q store.Requirement) error {
	hidden, _, err := s.s.key(q.Key)
	if err != nil {
		return err
	}
	if q.Absent {
		out.RequireAbsent(hidden)
		return nil
	}
	box, err := s.inner.Get(ctx, hidden)
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrConflict
	}
	if err != nil {
		return err
	}
	_, v, err := s.s.open(hidden, box)
	if err != nil {
		return err
	}
	if !bytes.Equal(v, q.Value) {
		return store.ErrConflict
	}
	out.RequireValue(hidden, box)
	return nil
}

func (s *Store) change(out *store.Batch, op store.Op) error {
	if op.Kind == store.OpDeleteRange {
		from, err := s.s.bound(op.Key, firstKey)
		if err != nil {
			return err
		}
		to, err := s.s.bound(op.To, pastLast)
		if err != nil {
			return err
		}
		out.DeleteRange(from, to)
		return nil
	}
	hidden, ids, err := s.s.key(op.Key)
	if err != nil {
		return err
	}
	if op.Kind == store.OpDelete {
		out.Delete(hidden)
		return nil
	}
	box, err := s.s.seal(hidden, ids, op.Value, lockedReader{s})
	if err != nil {
		return err
	}
	out.Set(hidden, box)
	return nil
}

// lockedReader lets several goroutines read the store's randomness.
type lockedReader struct{ s *Store }

func (r lockedReader) Read(p []byte) (int, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return io.ReadFull(r.s.rand, p)
}
