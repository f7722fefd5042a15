package itest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store/mem"
)

// aheadFriends is how many conversations the account of these tests has, each with
// friendLines messages: several, so that one is stored and another is fetched
// while a third is opened.
const aheadFriends, friendLines = 3, 3

// perAccount is how many devices an account of these tests gets; it has a bound.
const perAccount = 12

// befriended makes an account with conversations and a recovery code.
func (w *world) befriended(handle string) (code string) {
	w.tb.Helper()
	alice := w.register(handle)
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	for i := range aheadFriends {
		bob := w.register(fmt.Sprintf("%s-f%d", handle, i))
		for n := range friendLines {
			bob.say(handle, fmt.Sprintf("%d from %d", n, i))
		}
	}
	alice.Close()
	return code
}

// restoreAll restores everything.
func (d *device) restoreAll(ctx context.Context, handle, code string) (*client.Restored, error) {
	return d.Restore(ctx, client.RestoreOptions{Server: d.w.http.URL, Handle: handle, Code: code, WaitAll: true})
}

// hasFriends checks that a restored device has everything once, finds it, and can
// send.
func (d *device) hasFriends(handle string, r *client.Restored) {
	d.w.tb.Helper()
	if !r.Intact() || r.Messages != aheadFriends*friendLines || r.Conversations != aheadFriends {
		d.w.tb.Fatalf("restored %+v", r)
	}
	for i := range aheadFriends {
		name := fmt.Sprintf("%s-f%d", handle, i)
		var want []string
		for n := range friendLines {
			want = append(want, fmt.Sprintf("%s: %d from %d", name, n, i))
		}
		d.sees(name, want...)
		found, err := d.Search(d.w.ctx, []string{"from", fmt.Sprint(i)}, name)
		d.w.must(err)
		if len(found) < friendLines {
			d.w.tb.Errorf("%d messages found of conversation %d", len(found), i)
		}
	}
}

// TestRestoreCrashAtEveryWrite: a restore of several conversations is cut short at
// its k-th write, for each k, and taken up again: everything is there once.
func TestRestoreCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var handle, code string
	runs := 0
	for _, fault := range []mem.Fault{mem.CrashBefore, mem.Refuse} {
		for k := 0; ; k++ {
			if runs%perAccount == 0 {
				handle = fmt.Sprintf("alice%d", runs)
				code = w.befriended(handle)
			}
			runs++
			disk := mem.New()
			d := w.deviceOn(fmt.Sprintf("phone %d %d", fault, k), disk)
			start := disk.Applies()
			var crashed atomic.Bool
			disk.Inject(func(n int) mem.Fault {
				if n == start+k {
					crashed.Store(true)
					return fault
				}
				return mem.None
			})
			r, err := d.restoreAll(w.ctx, handle, code)
			disk.Inject(nil)
			if crashed.Load() != (err != nil) {
				t.Fatalf("fault %d at write %d: crashed %v, error %v", fault, k, crashed.Load(), err)
			}
			if err != nil {
				if fault != mem.Refuse {
					d = w.deviceOn(d.name, disk.Survivor())
				}
				r, err = d.restoreAll(w.ctx, handle, code)
				w.must(err)
			}
			d.hasFriends(handle, r)
			d.Close()
			if !crashed.Load() {
				break
			}
		}
	}
}

// TestRestoreCancelled: a restore that is told to stop after its k-th conversation
// ends with an error, keeps what it has, and goes on with the rest.
func TestRestoreCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.befriended("alice")
	for k := range int64(aheadFriends) {
		d := w.device(fmt.Sprintf("phone %d", k))
		ctx, cancel := context.WithCancel(w.ctx)
		d.progress = func(p client.Progress) {
			if p.Task == "conversations" && p.Done == k+1 {
				cancel()
			}
		}
		d.open()
		if _, err := d.restoreAll(ctx, "alice", code); err == nil {
			t.Fatalf("cancelled after %d conversations, and no error", k+1)
		}
		cancel()
		r, err := d.restoreAll(w.ctx, "alice", code)
		w.must(err)
		d.hasFriends("alice", r)
		d.Close()
	}
}

// TestRestoreSignsInAgain: the session that ends in the middle of a restore, at
// whichever call, is renewed, also where the call was made ahead of its turn.
func TestRestoreSignsInAgain(t *testing.T) {
	t.Parallel()
	var calls, refuseAt atomic.Int64
	w := newWorldWith(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "ConversationService/") && calls.Add(1) == refuseAt.Load() {
				r.Header.Del("Authorization")
			}
			next.ServeHTTP(rw, r)
		})
	})
	var handle, code string
	for k := int64(1); ; k++ {
		if k%perAccount == 1 {
			refuseAt.Store(0)
			handle = fmt.Sprintf("alice%d", k)
			code = w.befriended(handle)
		}
		d := w.device(fmt.Sprintf("phone %d", k))
		calls.Store(0)
		refuseAt.Store(k)
		r, err := d.restoreAll(w.ctx, handle, code)
		if err != nil {
			t.Fatalf("call %d: %v", k, err)
		}
		refuseAt.Store(0)
		d.hasFriends(handle, r)
		d.Close()
		if calls.Load() < k {
			break
		}
	}
}
