package search

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/client/store"
)

// maxTries is how often a call starts again because Compact, here or in another
// process, took away what it was reading.
const maxTries = 8

// errStale means that a segment vanished while it was read, or that it cannot
// be known whether one did: the call starts again.
var errStale = errors.New("search: segment is gone")

// errBusy means that starting again did not help.
var errBusy = fmt.Errorf("search: segments change too fast: %w", store.ErrBusy)

// listing is the segments that there were at one moment.
type listing struct {
	entries []entry
	merges  string // the value of keys.merges, "" if it is not there
}

// segments lists the segments and forgets what was kept of those that are gone.
func (x *Index) segments(ctx context.Context) (listing, error) {
	// A Scan is not a snapshot: while segments are merged it could miss both
	// the old and the new ones. Then it is made again.
	before, err := x.merges(ctx)
	for range maxTries {
		if err != nil {
			return listing{}, err
		}
		l := listing{merges: before}
		if l.entries, err = x.entries(ctx); err != nil {
			return listing{}, err
		}
		before, err = x.merges(ctx)
		if err == nil && before == l.merges {
			x.forgetOthers(l.entries)
			return l, nil
		}
	}
	return listing{}, errBusy
}

// unchanged tells what became of a call that has read the segments listed and
// ended with err, nil or errStale. The result is errStale if segments were
// merged since: the call may have missed tombstones that went with the old ones,
// and must start again. If not, what it did not find was never there.
func (x *Index) unchanged(ctx context.Context, l listing, err error) error {
	now, merr := x.merges(ctx)
	switch {
	case merr != nil:
		return merr
	case now != l.merges:
		return errStale
	case err != nil:
		return ErrCorrupt
	}
	return nil
}

func (x *Index) merges(ctx context.Context) (string, error) {
	v, err := x.store.Get(ctx, x.keys.merges())
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	return string(v), err
}

func (x *Index) entries(ctx context.Context) ([]entry, error) {
	var list []entry
	err := x.store.Scan(ctx, x.keys.entries().Range(), func(key, value []byte) error {
		id, ok := store.Last(key)
		if !ok {
			return ErrCorrupt
		}
		e, err := parseEntry(id, value)
		list = append(list, e)
		return err
	})
	return list, err
}

// forgetOthers drops the footers kept of other segments than these.
func (x *Index) forgetOthers(list []entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	known := make(map[uint64]footer, len(list))
	for _, e := range list {
		if f, ok := x.footers[e.id]; ok {
			known[e.id] = f
		}
	}
	x.footers = known
}
