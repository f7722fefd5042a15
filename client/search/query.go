package search

import (
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"math"

	"github.com/coffer-chat/coffer/client/store"
)

// Limits of a page of results.
const (
	defaultLimit = 50
	maxLimit     = 1000
)

// Query says what to look for.
type Query struct {
	Text  string   // words and "phrases"; all must occur
	In    []uint32 // only in these conversations; none: in all
	Limit int      // hits at most; 0 is 50, more than 1000 is 1000
	After *Hit     // the last hit of the page before; nil: from the newest
}

// Hit is a message that a query found.
type Hit struct {
	Conv uint32 // the conversation's number on this device
	Seq  uint64 // the message's number in the conversation
	Time int64  // when it was sent, in milliseconds since 1970
}

// Query returns the messages that match, newest first; of the same time, those
// of the higher conversation number, then of the higher seq. There may be more
// if as many as the limit came back. The errors are ErrNoWords, ErrTooLong,
// ErrFormat, ErrCorrupt and the store's; store.ErrBusy if segments were merged
// over and over while it looked.
func (x *Index) Query(ctx context.Context, q Query) ([]Hit, error) {
	elements, err := parseQuery(q.Text)
	if err != nil {
		return nil, err
	}
	for range maxTries {
		list, err := x.segments(ctx)
		if err != nil {
			return nil, err
		}
		hits, err := x.query(ctx, list, q, elements)
		if err == nil || errors.Is(err, errStale) {
			err = x.unchanged(ctx, list, err)
		}
		if !errors.Is(err, errStale) {
			return hits, err
		}
	}
	return nil, errBusy
}

func (x *Index) query(ctx context.Context, list listing, q Query, elements []element) ([]Hit, error) {
	limit := min(q.Limit, maxLimit)
	if limit <= 0 {
		limit = defaultLimit
	}
	tombs, err := x.openTombstones(ctx)
	if err != nil {
		return nil, err
	}
	search := search{ctx: ctx, ix: x, q: q, elements: elements}
	for _, e := range list.entries {
		if q.After != nil && e.oldest > q.After.Time {
			continue
		}
		first := row{time: e.newest, conv: math.MaxUint32, seq: math.MaxUint64}
		search.heads = append(search.heads, &head{entry: e, row: first})
	}
	heap.Init(&search.heads)
	var hits []Hit
	var last row
	for len(hits) < limit {
		r, ok, err := search.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		// A message that was added twice is found once.
		if len(hits) > 0 && r.conv == last.conv && r.seq == last.seq {
			continue
		}
		dead, err := tombs.dead(ctx, r)
		if err != nil {
			return nil, err
		}
		if !dead {
			hits = append(hits, Hit{Conv: r.conv, Seq: r.seq, Time: r.time})
			last = r
		}
	}
	return hits, nil
}

// search merges the segments' matches.
type search struct {
	ctx      context.Context
	ix       *Index
	q        Query
	elements []element
	heads    heads
}

// head is a segment and its next match; before it is opened, its first row
// could be no newer than this.
type head struct {
	entry entry
	row   row
	seg   *segment
	match matcher
	doc   uint32
}

// next returns the next match of all segments. Segments are opened only once
// their newest document could be the next.
func (s *search) next() (r row, ok bool, err error) {
	for len(s.heads) > 0 {
		if err := s.ctx.Err(); err != nil {
			return row{}, false, err
		}
		h := s.heads[0]
		found := h.match != nil
		r = h.row
		var more bool
		if found {
			more, err = h.advance(h.doc + 1)
		} else {
			more, err = s.start(h)
		}
		if err != nil {
			return row{}, false, err
		}
		if more {
			heap.Fix(&s.heads, 0)
		} else {
			heap.Pop(&s.heads)
		}
		if found {
			return r, true, nil
		}
	}
	return row{}, false, nil
}

// start opens a segment and goes to its first match.
func (s *search) start(h *head) (more bool, err error) {
	if h.seg, err = s.ix.open(s.ctx, h.entry); err != nil {
		return false, err
	}
	from := uint32(0)
	if a := s.q.After; a != nil {
		// Instance 0 is the last of a message's instances.
		after := row{time: a.Time, conv: a.Conv, seq: a.Seq}
		if from, err = h.seg.after(after); err != nil || from == noDoc {
			return false, err
		}
	}
	if h.match, err = h.seg.match(s.elements, s.q.In); err != nil || h.match == nil {
		return false, err
	}
	return h.advance(from)
}

// advance goes to the first match not below target.
func (h *head) advance(target uint32) (more bool, err error) {
	if h.doc, err = h.match.seek(target); err != nil || h.doc == noDoc {
		return false, err
	}
	h.row, err = h.seg.row(h.doc)
	return true, err
}

// heads is a heap, the newest first.
type heads []*head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return compareRows(h[i].row, h[j].row) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(v any)        { *h = append(*h, v.(*head)) }
func (h *heads) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}

// tombstones answers which documents do not count any more.
type tombstones struct {
	ix  *Index
	any bool // there are some
}

func (x *Index) openTombstones(ctx context.Context) (tombstones, error) {
	_, err := store.First(ctx, x.store, x.keys.tombstones().Range())
	if errors.Is(err, store.ErrNotFound) {
		return tombstones{x, false}, nil
	}
	return tombstones{x, true}, err
}

func (t tombstones) dead(ctx context.Context, r row) (bool, error) {
	if !t.any {
		return false, nil
	}
	v, err := t.ix.store.Get(ctx, t.ix.keys.tombstone(r.conv, r.seq))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return killed(v, r)
}

// killed reports whether a row does not count, given its message's tombstone.
func killed(tombstone []byte, r row) (bool, error) {
	switch len(tombstone) {
	case 0:
		return true, nil
	case 8:
		return r.instance != binary.BigEndian.Uint64(tombstone), nil
	}
	return false, ErrCorrupt
}
