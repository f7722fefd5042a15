package search

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/coffer-chat/coffer/client/store"
)

// Options are an Index's settings. Rand is required, the rest is not.
type Options struct {
	Rand       io.Reader // randomness for segments' ids
	Table      string    // tag of the store's table; "" is "ix"
	CacheBytes int       // memory for what was read last; 0 is 8 MiB

	// SegmentDocs is how many documents the largest segment has that Compact
	// makes, and at most 131072, which is also what 0 means. Compact takes about
	// 200 bytes of memory for each.
	SegmentDocs int
}

// Doc is a message as the index sees it.
type Doc struct {
	Conv uint32 // the conversation's number on this device
	Seq  uint64 // the message's number in the conversation
	Time int64  // when it was sent, in milliseconds since 1970
	Text string // what can be searched for: its first 256 KiB

	// Replace makes what was added for the same Conv and Seq before stop
	// counting, as after an edit. It also brings back what was removed.
	Replace bool
}

// Index is a search index in a store. Use Open. It may be used by several
// goroutines at once, and several processes may use one store.
type Index struct {
	store store.Store
	keys  keys
	cache *cache
	max   int // Options.SegmentDocs

	mu      sync.Mutex // guards the rest
	rand    io.Reader
	footers map[uint64]footer // of the segments listed last
}

// Open returns the index in a store. It reads nothing.
func Open(s store.Store, o Options) (*Index, error) {
	if o.Rand == nil {
		return nil, fmt.Errorf("search: Options.Rand is missing")
	}
	if o.Table == "" {
		o.Table = "ix"
	}
	if o.SegmentDocs <= 0 {
		o.SegmentDocs = maxDocs
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 8 << 20
	}
	return &Index{
		store:   s,
		keys:    keys{store.Table(o.Table)},
		cache:   newCache(o.CacheBytes),
		max:     min(o.SegmentDocs, maxDocs),
		rand:    o.Rand,
		footers: map[uint64]footer{},
	}, nil
}

// Add adds documents to the batch: they can be found once it is applied. Many
// documents in one call are indexed much faster than one by one. An error
// leaves the batch as it was; there is none but that of the randomness.
func (x *Index) Add(b *store.Batch, docs ...Doc) error {
	ids, err := x.randomIDs(idsFor(docs))
	if err != nil {
		return err
	}
	var w builder
	var part []newDoc
	text := 0
	flush := func() {
		if len(part) > 0 {
			w.build(b, x.keys, ids[0], part)
			ids, part, text = ids[1:], part[:0], 0
		}
	}
	for _, d := range docs {
		n := newDoc{row{time: d.Time, conv: d.Conv, seq: d.Seq}, d.Text}
		if d.Replace {
			n.row.instance = ids[0]
			ids = ids[1:]
			b.Set(x.keys.tombstone(d.Conv, d.Seq), binary.BigEndian.AppendUint64(nil, n.row.instance))
		}
		size := min(len(d.Text), maxText)
		if len(part) == buildDocs || (len(part) > 0 && text+size > buildText) {
			flush()
		}
		part = append(part, n)
		text += size
	}
	flush()
	return nil
}

// idsFor returns how many ids Add needs for docs at most: one for each segment
// and each document that replaces another.
func idsFor(docs []Doc) int {
	text, replaced := 0, 0
	for _, d := range docs {
		text += min(len(d.Text), maxText)
		if d.Replace {
			replaced++
		}
	}
	// Two segments in a row, cut for their text, have more than buildText.
	return replaced + len(docs)/buildDocs + 2*text/buildText + 1
}

// Remove makes what was added for a message stop counting from when the batch
// is applied. Compact takes it from disk.
func (x *Index) Remove(b *store.Batch, conv uint32, seq uint64) {
	b.Set(x.keys.tombstone(conv, seq), nil)
}

// Removed reports whether something that Remove took out is still on disk:
// Compact takes it from there.
func (x *Index) Removed(ctx context.Context) (found bool, err error) {
	err = x.store.Scan(ctx, x.keys.tombstones().Range(), func(_, value []byte) error {
		if len(value) == 0 {
			found = true
			return store.ErrStop
		}
		return nil
	})
	return found, err
}

// Reset makes the batch remove the whole index.
func (x *Index) Reset(b *store.Batch) {
	r := x.keys.table.Range()
	b.DeleteRange(r.From, r.To)
}

// randomIDs returns n random numbers, none of them 0.
func (x *Index) randomIDs(n int) ([]uint64, error) {
	buf := make([]byte, 8*n)
	x.mu.Lock()
	_, err := io.ReadFull(x.rand, buf)
	x.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("search: randomness: %w", err)
	}
	ids := make([]uint64, n)
	for i := range ids {
		ids[i] = binary.BigEndian.Uint64(buf[8*i:]) | 1
	}
	return ids, nil
}
