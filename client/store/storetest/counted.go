package storetest

import (
	"context"
	"sync"

	"github.com/coffer-chat/coffer/client/store"
)

// Counted is a store that counts what is asked of it, so that a test can hold how much
// work something is: unlike a time, a count is the same on every machine.
type Counted struct {
	store.Store
	mu   sync.Mutex
	work Work
}

// Work is what was asked of a store, by the tags of the tables.
type Work struct {
	Gets    map[string]int // calls of Get
	Rows    map[string]int // entries that Scan has handed out
	Scans   int
	Applies int
	Written int // bytes of the batches applied
}

// Count counts what is asked of a store from now on.
func Count(s store.Store) *Counted { return &Counted{Store: s, work: newWork()} }

func newWork() Work { return Work{Gets: map[string]int{}, Rows: map[string]int{}} }

// Take returns what was counted since the last Take.
func (c *Counted) Take() Work {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.work
	c.work = newWork()
	return w
}

// AllGets is how many values were asked for one by one.
func (w Work) AllGets() (n int) {
	for _, gets := range w.Gets {
		n += gets
	}
	return n
}

func (c *Counted) count(f func(w *Work)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.work)
}

// tag is the tag of a key's table, "" where it has none.
func tag(key []byte) string {
	t, _, err := store.ParseKey(key)
	if err != nil {
		return ""
	}
	return t
}

// Get implements store.Store.
func (c *Counted) Get(ctx context.Context, key []byte) ([]byte, error) {
	c.count(func(w *Work) { w.Gets[tag(key)]++ })
	return c.Store.Get(ctx, key)
}

// Scan implements store.Store.
func (c *Counted) Scan(ctx context.Context, r store.Range, fn func(key, value []byte) error) error {
	c.count(func(w *Work) { w.Scans++ })
	return c.Store.Scan(ctx, r, func(key, value []byte) error {
		c.count(func(w *Work) { w.Rows[tag(key)]++ })
		return fn(key, value)
	})
}

// Apply implements store.Store.
func (c *Counted) Apply(ctx context.Context, b *store.Batch) error {
	c.count(func(w *Work) {
		w.Applies++
		w.Written += b.Size()
	})
	return c.Store.Apply(ctx, b)
}
