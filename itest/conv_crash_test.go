package itest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
)

// script is what is sent in crash tests; keys make sending again the same.
var script = []string{"one", "two", "three"}

// trySending does what a person would: sends all, and after a crash opens the
// program again and sends what was not acknowledged.
func (d *device) trySending(to string) error {
	for _, text := range script {
		if _, err := d.Send(d.w.ctx, to, client.Outgoing{Text: text, Key: text}); err != nil {
			return err
		}
	}
	return nil
}

func expectScript(t *testing.T, got []string, from string) {
	t.Helper()
	var want []string
	for _, text := range script {
		want = append(want, from+": "+text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("messages are %q, want %q", got, want)
	}
}

// TestCrashAtEveryWrite crashes the device at its k-th write, for each k until
// none happens, before and after it reached the disk: every message is there
// once, in order, and the device goes on.
func TestCrashAtEveryWrite(t *testing.T) {
	w := newWorld(t)
	for _, fault := range []mem.Fault{mem.CrashBefore, mem.CrashAfter} {
		for k := 0; ; k++ {
			name := fmt.Sprintf("a%d-%d", fault, k)
			alice, bob := w.register(name), w.register("b"+name)
			inner := alice.store.(*mem.Store)
			start := inner.Applies()
			crashed := false
			inner.Inject(func(n int) mem.Fault {
				if n == start+k {
					crashed = true
					return fault
				}
				return mem.None
			})
			err := alice.trySending("b" + name)
			inner.Inject(nil)
			if crashed != (err != nil) {
				t.Fatalf("write %d: crashed %v, error %v", k, crashed, err)
			}
			if crashed {
				alice = w.deviceOn(alice.name, inner.Survivor())
				alice.sync()
				w.must(alice.trySending("b" + name))
			}
			bob.sync()
			expectScript(t, bob.texts(name), name)
			expectScript(t, alice.texts("b"+name), name)
			bob.say(name, "got it")
			alice.sync()
			if got := alice.texts("b" + name); len(got) != 4 {
				t.Errorf("write %d: %q", k, got)
			}
			if !crashed {
				break
			}
		}
	}
}

// TestAnswerLostAtEveryCall cuts the connection at the k-th call, before the
// server sees it or after it has answered: nothing is lost or doubled.
func TestAnswerLostAtEveryCall(t *testing.T) {
	var calls, cutAt atomic.Int64
	var before atomic.Bool
	cutAt.Store(-1)
	w := newWorldWith(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.URL.Path, "Conversation") || calls.Add(1) != cutAt.Load() {
				next.ServeHTTP(rw, r)
				return
			}
			if !before.Load() {
				next.ServeHTTP(httptest.NewRecorder(), r)
			}
			panic(http.ErrAbortHandler)
		})
	})
	for _, early := range []bool{true, false} {
		before.Store(early)
		for k := int64(1); ; k++ {
			name := fmt.Sprintf("c%d%v", k, early)[:3]
			name = fmt.Sprintf("%s%t", name, early)
			alice, bob := w.register(name), w.register("b"+name)
			calls.Store(0)
			cutAt.Store(k)
			err := alice.trySending("b" + name)
			cut := calls.Load() >= k
			cutAt.Store(-1)
			if err != nil {
				if fault.KindOf(err) != fault.KindUnreachable {
					t.Fatalf("call %d: %v", k, err)
				}
				alice.sync()
				w.must(alice.trySending("b" + name))
			}
			bob.sync()
			expectScript(t, bob.texts(name), name)
			expectScript(t, alice.texts("b"+name), name)
			if !cut {
				break
			}
		}
	}
}

// newWorldWith is newWorld with something between devices and server.
func newWorldWith(tb testing.TB, wrap func(http.Handler) http.Handler) *world {
	tb.Helper()
	w := newWorld(tb)
	w.wrap = wrap
	w.restart()
	return w
}

// snapshot copies a store in memory.
func snapshot(s store.Store) *mem.Store { return s.(*mem.Store).Snapshot() }
