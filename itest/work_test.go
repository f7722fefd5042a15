package itest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/storetest"
)

// callCounter stands before a server and counts what devices ask of it.
type callCounter struct {
	mu    sync.Mutex
	calls map[string]int // by the method's name
	bytes int            // of the answers
}

// take returns what was counted since the last take.
func (c *callCounter) take() (calls map[string]int, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls, bytes = c.calls, c.bytes
	c.calls, c.bytes = map[string]int{}, 0
	return calls, bytes
}

// wrap is a handler that counts what goes through another.
func (c *callCounter) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.calls[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]++
		c.mu.Unlock()
		next.ServeHTTP(countedAnswer{rw, c}, r)
	})
}

type countedAnswer struct {
	http.ResponseWriter
	c *callCounter
}

// Write counts and writes.
func (a countedAnswer) Write(p []byte) (int, error) {
	a.c.mu.Lock()
	a.c.bytes += len(p)
	a.c.mu.Unlock()
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a countedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// TestWorkOfARestore holds how much a restore asks of the server and of the device's
// store, in counts: they are the same on every machine, however busy it is.
func TestWorkOfARestore(t *testing.T) {
	t.Parallel()
	counter := &callCounter{calls: map[string]int{}}
	w := newWorldWith(t, counter.wrap)
	alice := w.register("alice")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	lines := []int{280, 20, 20} // of each conversation
	friends, messages, pages := len(lines), 0, 0
	for f, each := range lines {
		messages, pages = messages+each, pages+each/64+2
		bob, n := w.register(fmt.Sprintf("bob%d", f)), 0
		w.must(bob.SendMany(w.ctx, "alice", func() (client.Outgoing, bool) {
			n++
			return client.Outgoing{Text: fmt.Sprintf("line%d of %d, which says nothing else", n, f)}, n <= each
		}, func(_ client.Message, err error) { w.must(err) }))
		bob.Close()
	}
	alice.Close()

	disk := mem.New()
	counted := storetest.Count(disk)
	d := w.deviceOn("new phone", counted)
	counter.take()
	counted.Take()
	r, err := d.restoreAll(w.ctx, "alice", code)
	w.must(err)
	if !r.Intact() || r.Messages != int64(messages) {
		t.Fatalf("restored %+v", r)
	}
	calls, bytes := counter.take()
	work := counted.Take()
	all := 0
	for _, n := range calls {
		all += n
	}
	// Of each conversation its creation, and pages of 256 entries; the head and the
	// screen once more of the first.
	if n := calls["ReadLog"]; n > 2*friends+messages/256+2 {
		t.Errorf("%d calls of ReadLog", n)
	}
	if n := calls["ReadEpochs"]; n > 2*friends {
		t.Errorf("%d calls of ReadEpochs", n)
	}
	if all > 40 {
		t.Errorf("%d calls to restore %d conversations: %v", all, friends, calls)
	}
	if n := bytes / messages; n > 1500 {
		t.Errorf("%d bytes fetched a message", n)
	}
	if parts := d.parts(disk); parts != 1 {
		t.Errorf("the index has %d parts", parts)
	}
	if work.Applies > 30 {
		t.Errorf("%d writes", work.Applies)
	}
	// A first restore goes through the pages once, for its checkpoints.
	if work.Gets["mp"] > 2*friends || work.Rows["mp"] > pages {
		t.Errorf("a restore read pages %d times that it wrote itself, and went through %d", work.Gets["mp"], work.Rows["mp"])
	}
	if n := work.Written / messages; n > 1200 {
		t.Errorf("%d bytes written a message", n)
	}
	if n := work.AllGets(); n > 120 {
		t.Errorf("%d values read: %v", n, work.Gets)
	}
}

// parts is how many parts the index in a device's store has.
func (d *device) parts(s store.Store) (n int) {
	d.w.tb.Helper()
	d.w.must(s.Scan(d.w.ctx, store.Table("ix").Uint64(1).Range(), func(_, _ []byte) error { n++; return nil }))
	return n
}
