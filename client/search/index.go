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
	replaced := 0
	for i := range docs {
		if docs[i].Replace {
			replaced++
		}
	}
	ids, err := x.randomIDs(replaced)
	if err != nil {
		return err
	}
	var g Gathering
	var added store.Batch
	for i := range docs {
		d := &docs[i]
		r := row{time: d.Time, conv: d.Conv, seq: d.Seq}
		if d.Replace {
			r.instance, ids = ids[0], ids[1:]
			added.Set(x.keys.tombstone(d.Conv, d.Seq), binary.BigEndian.AppendUint64(nil, r.instance))
		}
		g.add(r, d.Text)
	}
	if err := x.AddGathered(&added, &g); err != nil {
		return err
	}
	for _, op := range added.Ops() {
		b.Set(op.Key, op.Value)
	}
	return nil
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
