package itest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
)

// watched is what a device that watches asks of the server.
type watched struct {
	mu       sync.Mutex
	breaks   bool     // the next reading of a log ends in a broken connection
	brokenAt int      // after how many questions it did
	cursors  []uint64 // of the questions whether there is news
	id       account.ID
	own      int // how often the account itself was asked for
}

// watching has the server note what is asked with a device's session.
func (w *world) watching(d *device) *watched {
	w.tb.Helper()
	who, err := d.Whoami(w.ctx)
	w.must(err)
	id, err := account.ParseID(who.Account)
	w.must(err)
	n := &watched{id: id}
	honest := *w.handler.Load()
	h := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		procedure := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		if d.token == nil || r.Header.Get("Authorization") != "Bearer "+d.token() {
			honest.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if n.note(procedure, body) {
			panic(http.ErrAbortHandler)
		}
		honest.ServeHTTP(rw, r)
	}))
	w.handler.Store(&h)
	return n
}

// note notes a call, and reports whether its connection is to break.
func (n *watched) note(procedure string, body []byte) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch procedure {
	case "Wait":
		var q pb.WaitRequest
		if proto.Unmarshal(body, &q) == nil {
			n.cursors = append(n.cursors, q.GetCursor())
		}
	case "GetChain":
		var q pb.GetChainRequest
		if proto.Unmarshal(body, &q) == nil && (len(q.GetAccount()) == 0 || bytes.Equal(q.GetAccount(), n.id[:])) {
			n.own++
		}
	case "ReadLog":
		if n.breaks {
			n.breaks, n.brokenAt = false, len(n.cursors)
			return true
		}
	}
	return false
}

// watch runs a device's watch until the test ends.
func (w *world) watch(d *device) (said <-chan string) {
	w.tb.Helper()
	ctx, cancel := context.WithCancel(w.ctx)
	texts, ended := make(chan string, 16), make(chan error, 1)
	go func() {
		ended <- d.Watch(ctx, "", func(m client.Message) error { texts <- m.Text; return nil })
	}()
	w.tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			w.tb.Error(err)
		}
	})
	return texts
}

// hears waits for what a watch shows.
func (w *world) hears(said <-chan string, want string) {
	w.tb.Helper()
	select {
	case got := <-said:
		if got != want {
			w.tb.Fatalf("heard %q, want %q", got, want)
		}
	case <-time.After(time.Minute):
		w.tb.Fatalf("%q is not heard", want)
	}
}

// TestWatchAsksAgain: news that could not be read is asked for again, from where it
// was, and not only when there is more.
func TestWatchAsksAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	bob.say("alice", "before")
	alice.sync()
	n := w.watching(alice)
	said := w.watch(alice)
	w.eventually("alice waits", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return len(n.cursors) > 0
	})
	n.mu.Lock()
	n.breaks = true
	n.mu.Unlock()
	bob.say("alice", "one")
	w.hears(said, "one")
	n.mu.Lock()
	defer n.mu.Unlock()
	if at := n.brokenAt; at == 0 || len(n.cursors) <= at || n.cursors[at] != n.cursors[at-1] {
		t.Errorf("broken after %d questions, whose cursors were %v", at, n.cursors)
	}
}

// TestWatchHearsOfAReset: who only watches asks for the account itself every hour, not
// each time, and so hears that somebody asks for the handle while it can be stopped.
func TestWatchHearsOfAReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	password := []byte("what the thief knows")
	w.must(alice.ChangePassword(w.ctx, client.PasswordOptions{Password: password}))
	bob.say("alice", "before")
	alice.sync()
	told := make(chan string, 16)
	alice.notice = func(x client.Notice) { told <- x.Kind + " " + x.Text }
	alice.open()
	alice.sync()
	n := w.watching(alice)
	said := w.watch(alice)
	asked := func(text string) int {
		bob.say("alice", text)
		w.hears(said, text)
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.own
	}
	first := asked("one")
	if first == 0 {
		t.Error("the account was never asked for")
	}
	for _, text := range []string{"two", "three"} {
		if got := asked(text); got != first {
			t.Errorf("within an hour it was asked for %d times", got)
		}
	}
	w.device("thief").reset("alice", password)
	w.pass(time.Hour + time.Minute)
	asked("four")
	select {
	case got := <-told:
		if got != client.NoticeReset+" "+client.ResetAsked {
			t.Errorf("told %q", got)
		}
	case <-time.After(time.Minute):
		t.Error("nothing was told")
	}
}
