package search

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/client/store"
)

// maxPending is how many removals one pass of Compact takes from disk.
const maxPending = 1 << 14

// Compact merges segments and takes from disk what was removed. It stops once
// it has written about budget documents anew, 0 or less meaning no end, but
// does at least one step, which takes up to Options.SegmentDocs documents. more
// says that there is work left. Queries and Adds may go on meanwhile. If another
// process compacts at the same time, the error can be store.ErrBusy; then there is
// nothing to do but to call it again some time.
func (x *Index) Compact(ctx context.Context, budget int) (more bool, err error) {
	for range maxTries {
		// First the tombstones: then what they hide is in the segments listed.
		tombs, moreTombs, err := x.pending(ctx)
		if err != nil {
			return false, err
		}
		list, err := x.segments(ctx)
		if err != nil {
			return false, err
		}
		more, err = x.compact(ctx, budget, list.entries, tombs)
		if errors.Is(err, errStale) {
			err = x.unchanged(ctx, list, err)
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, errStale) {
			return more || moreTombs, err
		}
	}
	return true, errBusy
}

func (x *Index) compact(ctx context.Context, budget int, entries []entry, tombs map[message][]byte) (more bool, err error) {
	dirty, err := x.dirty(ctx, entries, tombs)
	if err != nil {
		return false, err
	}
	for spent := 0; ; {
		g := plan(entries, dirty, x.max)
		if g == nil {
			break
		}
		n := 0
		for _, e := range g {
			n += int(e.docs)
		}
		if budget > 0 && spent > 0 && spent+n > budget {
			return true, nil
		}
		spent += n
		made, err := x.merge(ctx, g, tombs)
		if err != nil {
			return false, err
		}
		entries = slices.DeleteFunc(entries, func(e entry) bool {
			return slices.ContainsFunc(g, func(o entry) bool { return o.id == e.id })
		})
		entries = append(entries, made...)
		for _, e := range g {
			delete(dirty, e.id)
		}
	}
	// No segment of those listed at the start, nor what became of them, has
	// anything left that these tombstones hide.
	return false, x.dropTombstones(ctx, tombs)
}

// pending returns tombstones, and whether there are more.
func (x *Index) pending(ctx context.Context) (tombs map[message][]byte, more bool, err error) {
	tombs = map[message][]byte{}
	r := x.keys.tombstones().Range()
	err = x.store.Scan(ctx, r, func(key, value []byte) error {
		if len(tombs) == maxPending {
			more = true
			return store.ErrStop
		}
		_, parts, err := store.ParseKey(key)
		if err != nil || len(parts) != 3 || parts[1].Ordinal > 1<<32-1 {
			return ErrCorrupt
		}
		tombs[message{uint32(parts[1].Ordinal), parts[2].Ordinal}] = value
		return nil
	})
	return tombs, more, err
}

// dirty returns which segments have documents that the tombstones hide.
func (x *Index) dirty(ctx context.Context, entries []entry, tombs map[message][]byte) (map[uint64]bool, error) {
	dirty := map[uint64]bool{}
	if len(tombs) == 0 {
		return dirty, nil
	}
	for _, e := range entries {
		s, err := x.open(ctx, e)
		if err != nil {
			return nil, err
		}
		for doc := uint32(0); doc < e.docs && !dirty[e.id]; doc++ {
			r, err := s.row(doc)
			if err != nil {
				return nil, err
			}
			if t, ok := tombs[message{r.conv, r.seq}]; ok {
				if dirty[e.id], err = killed(t, r); err != nil {
					return nil, err
				}
			}
		}
	}
	return dirty, nil
}

// merge makes one segment of several and returns it, or nothing if no document
// is left.
func (x *Index) merge(ctx context.Context, group []entry, tombs map[message][]byte) ([]entry, error) {
	var b store.Batch
	in := make([]*segment, len(group))
	for i, e := range group {
		s, err := x.load(ctx, e)
		if err != nil {
			return nil, err
		}
		in[i] = s
		b.RequireValue(x.keys.entry(e.id), e.keyValue)
		b.Delete(x.keys.entry(e.id))
		if e.size > inlineSize {
			r := x.keys.chunks(e.id).Range()
			b.DeleteRange(r.From, r.To)
		}
	}
	m, err := newMerger(in, tombs)
	if err != nil {
		return nil, err
	}
	ids, err := x.randomIDs(2)
	if err != nil {
		return nil, err
	}
	b.Set(x.keys.merges(), binary.BigEndian.AppendUint64(nil, ids[1]))
	if len(m.rows) > 0 {
		if err := m.write(&b, x.keys, ids[0]); err != nil {
			return nil, err
		}
	}
	if err := x.store.Apply(ctx, &b); err != nil || len(m.rows) == 0 {
		return nil, err
	}
	value, err := x.store.Get(ctx, x.keys.entry(ids[0]))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errStale
	}
	if err != nil {
		return nil, err
	}
	e, err := parseEntry(ids[0], value)
	return []entry{e}, err
}

// dropTombstones removes tombstones, unless they have changed.
func (x *Index) dropTombstones(ctx context.Context, tombs map[message][]byte) error {
	if len(tombs) == 0 {
		return nil
	}
	var b store.Batch
	for m, v := range tombs {
		key := x.keys.tombstone(m.conv, m.seq)
		b.RequireValue(key, v)
		b.Delete(key)
	}
	return x.store.Apply(ctx, &b)
}
