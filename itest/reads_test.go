package itest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
)

// countedStore counts reads: in a browser each is a transaction of IndexedDB,
// which costs more than all that is computed from it.
type countedStore struct {
	store.Store
	reads, entries atomic.Int64
}

func (s *countedStore) Get(ctx context.Context, key []byte) ([]byte, error) {
	s.reads.Add(1)
	return s.Store.Get(ctx, key)
}

func (s *countedStore) Scan(ctx context.Context, r store.Range, fn func(key, value []byte) error) error {
	s.reads.Add(1)
	return s.Store.Scan(ctx, r, func(key, value []byte) error {
		s.entries.Add(1)
		return fn(key, value)
	})
}

// TestFewReads: what a jump, a search and a date read does not grow with the
// history, with the number of conversations or, but for the pages that they lie
// in, with what is found.
func TestFewReads(t *testing.T) {
	w := newWorld(t)
	counted := &countedStore{Store: mem.New()}
	w.register("bob")
	alice := w.deviceOn("alice's laptop", counted)
	w.must(alice.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "alice"}))
	for _, handle := range []string{"carol", "dave", "erin", "frank"} {
		w.register(handle)
		alice.say(handle, "beside")
	}
	const n = 1500
	i := 0
	w.must(alice.SendMany(w.ctx, "bob", func() (client.Outgoing, bool) {
		i++
		return client.Outgoing{Text: fmt.Sprintf("n%04dx garden", i)}, i <= n
	}, func(_ client.Message, err error) { w.must(err) }))
	c, err := alice.FindConversation(w.ctx, "bob")
	w.must(err)
	in := c.ID.String()
	for _, step := range []struct {
		name           string
		reads, entries int64
		do             func() int
		want           int
	}{
		{"a page in the middle", 16, 8, func() int {
			l, err := alice.History(w.ctx, in, client.Page{Before: 700, Limit: 60, NoSync: true})
			w.must(err)
			return len(l)
		}, 60},
		{"one word that one message has", 24, 64, func() int {
			l, err := alice.Search(w.ctx, []string{"n0700x"}, in)
			w.must(err)
			return len(l)
		}, 1},
		{"a word that all have", 32, 64, func() int {
			l, err := alice.Search(w.ctx, []string{"garden"}, in)
			w.must(err)
			return len(l)
		}, 100},
		{"a date", 16, 8, func() int {
			seq, err := alice.SeqAt(w.ctx, in, uint64(w.now().UnixMilli())-3_600_000)
			w.must(err)
			return int(min(seq, 1))
		}, 1},
	} {
		step.do() // what is read once and kept
		reads, entries := counted.reads.Load(), counted.entries.Load()
		if got := step.do(); got != step.want {
			t.Errorf("%s: %d, want %d", step.name, got, step.want)
		}
		reads, entries = counted.reads.Load()-reads, counted.entries.Load()-entries
		t.Logf("%s: %d reads, %d scanned entries", step.name, reads, entries)
		if reads > step.reads || entries > step.entries {
			t.Errorf("%s: %d reads and %d scanned entries, at most %d and %d", step.name, reads, entries, step.reads, step.entries)
		}
	}
}
