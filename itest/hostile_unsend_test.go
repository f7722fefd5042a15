package itest

import (
	"bytes"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestHostileUnsend: a server that acknowledges an unsend and keeps it to itself is
// found out by the sender's next look at the log; one that refuses it openly finds
// it still queued.
func TestHostileUnsend(t *testing.T) {
	t.Parallel()
	t.Run("swallowed", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		alice, bob := w.register("alice"), w.register("bob")
		code, _, err := alice.AddCode(w.ctx)
		w.must(err)
		m := alice.say("bob", "regretted")
		bob.sync()
		l := w.liar()
		l.watchLog(w, code, "alice")
		who, err := alice.Whoami(w.ctx)
		w.must(err)
		fake(l, "PostMessage", func(q *pb.PostMessageRequest) *pb.PostMessageResponse { return l.acknowledge(w, q, who) })
		w.must(alice.Unsend(w.ctx, m.ID.String()))
		if l.honest() == 0 {
			t.Fatal("the liar was not asked")
		}
		_, err = alice.History(w.ctx, "bob", client.Page{})
		w.misbehaved(err, fault.PromiseStored) // its log is shorter than it said
		bob.say("alice", "I can still read it")
		w.misbehaved(alice.syncError(), fault.PromiseProved) // and goes on as another
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		alice, bob := w.register("alice"), w.register("bob")
		m := alice.say("bob", "regretted")
		bob.sync()
		honest := *w.handler.Load()
		refuses := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/PostMessage") {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			honest.ServeHTTP(rw, r)
		}))
		w.handler.Store(&refuses)
		if err := alice.Unsend(w.ctx, m.ID.String()); err == nil {
			t.Error("a refused unsend counts as done")
		}
		w.handler.Store(&honest)
		alice.sync()
		bob.sees("alice", "alice: (unsent)")
		alice.sees("bob", "alice: (unsent)")
	})
}

// swapBlobs stands before the server and changes how files are asked for and
// answered, while on is set.
type swapBlobs struct {
	on    atomic.Bool
	told  atomic.Int64
	paths map[string]string // asked for, and what is given instead
	alter func(body []byte) []byte
	gone  bool
}

func (s *swapBlobs) before(w *world) {
	honest := *w.handler.Load()
	h := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !s.on.Load() || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/blob/") {
			honest.ServeHTTP(rw, r)
			return
		}
		s.told.Add(1)
		if s.gone {
			rw.WriteHeader(http.StatusNotFound)
			return
		}
		if to := s.paths[r.URL.Path]; to != "" {
			r = r.Clone(r.Context())
			r.URL.Path = to
		}
		if s.alter != nil {
			rw = &alteredWriter{rw, s.alter}
		}
		honest.ServeHTTP(rw, r)
	}))
	w.handler.Store(&h)
}

type alteredWriter struct {
	http.ResponseWriter
	alter func([]byte) []byte
}

func (a *alteredWriter) Write(p []byte) (int, error) {
	_, err := a.ResponseWriter.Write(a.alter(p))
	return len(p), err
}

// TestHostileAttachment: another file in place of the one that a message names, of
// the same size even, or a changed byte, is exit 6, for a device that was there
// and for one that was restored; what was written before is genuine. A file that
// the server has lost is said to be gone, and nothing is shown in its place.
func TestHostileAttachment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	var mu atomic.Pointer[[]string] // the files in the order in which they went up
	mu.Store(&[]string{})
	honest := *w.handler.Load()
	watch := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if list := *mu.Load(); r.Method == http.MethodPut && (len(list) == 0 || list[len(list)-1] != r.URL.Path) {
			list = append(append([]string(nil), list...), r.URL.Path)
			mu.Store(&list)
		}
		honest.ServeHTTP(rw, r)
	}))
	w.handler.Store(&watch)
	right := bytes.Repeat([]byte("the right one "), 20_000) // five segments
	m := alice.attach("bob", "right.bin", right, false)
	alice.attach("bob", "wrong.bin", bytes.Repeat([]byte("the wrong one "), 20_000), false)
	list := *mu.Load()
	if len(list) != 2 {
		t.Fatalf("%d files went up", len(list))
	}
	bob.sync()
	restored, _, err := w.restoreCode("bob", code)
	w.must(err)
	for name, s := range map[string]*swapBlobs{
		"another file": {paths: map[string]string{list[0]: list[1]}},
		"a bit":        {alter: flip},
		"gone":         {gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			s.before(w)
			for _, d := range []*device{bob, restored} {
				var got bytes.Buffer
				s.on.Store(true)
				_, err := d.SaveAttachment(w.ctx, m.ID.String(), 0, &got)
				part := make([]byte, 100)
				_, read := d.ReadAttachment(w.ctx, m.ID.String(), 0, part, 200_000)
				s.on.Store(false)
				if s.told.Load() == 0 {
					t.Fatal("the liar was not asked")
				}
				if name == "gone" {
					w.refused(err, fault.KindFailed)
					w.refused(read, fault.KindFailed)
				} else {
					w.misbehaved(err, fault.PromiseProved)
					w.misbehaved(read, fault.PromiseProved)
				}
				if !bytes.HasPrefix(right, got.Bytes()) {
					t.Error("something else than the file was written")
				}
				got.Reset()
				_, err = d.SaveAttachment(w.ctx, m.ID.String(), 0, &got)
				w.must(err)
				if !bytes.Equal(got.Bytes(), right) {
					t.Error("from an honest server: another file")
				}
			}
		})
	}
	// A file of a message that was unsent is asked for by nobody, kept or not.
	w.must(alice.Unsend(w.ctx, m.ID.String()))
	bob.fresh("alice")
	_, err = bob.SaveAttachment(w.ctx, m.ID.String(), 0, new(bytes.Buffer))
	w.refused(err, fault.KindUsage)
	again, _, err := w.restoreCode("bob", code)
	w.must(err)
	_, err = again.SaveAttachment(w.ctx, m.ID.String(), 0, new(bytes.Buffer))
	w.refused(err, fault.KindUsage)
}
