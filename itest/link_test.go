package itest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store/mem"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// linking is two devices that are being linked.
type linking struct {
	w     *world
	old   *device
	fresh *device

	// by says what passes from the showing device to the other, and in which form.
	by       func(s client.LinkShown) string
	newShows bool
	typed    func(try int, right string) string // nil: the right one at once
	no       bool                               // the person says no
	asked    client.LinkRequest
}

func byCode(s client.LinkShown) string { return s.Code }
func byLink(s client.LinkShown) string { return s.Link }

// run links, and returns what became of it on both sides.
func (l *linking) run(ctx context.Context) (k client.Keyholder, r *client.Restored, oldErr, newErr error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	shown := make(chan client.LinkShown, 1)
	var right string
	show := func(s client.LinkShown) { shown <- s }
	ask := func(ctx context.Context, left int) (string, error) {
		if right == "" {
			select {
			case s := <-shown:
				right = l.by(s)
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		if l.typed != nil {
			return l.typed(3-left, right), nil
		}
		return right, nil
	}
	o := client.LinkOptions{Confirm: func(_ context.Context, r client.LinkRequest) (bool, error) {
		l.asked = r
		return !l.no, nil
	}}
	j := client.JoinOptions{Server: l.w.http.URL, Handle: "alice", WaitAll: true}
	if l.newShows {
		o.Ask, j.Show = ask, show
	} else {
		o.Show, j.Ask = show, ask
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		k, oldErr = l.old.LinkDevice(ctx, o)
		if oldErr != nil {
			time.AfterFunc(10*time.Second, cancel) // the other one may have heard nothing
		}
	}()
	r, newErr = l.fresh.Link(ctx, j)
	if newErr != nil {
		time.AfterFunc(10*time.Second, cancel)
	}
	<-ended
	return k, r, oldErr, newErr
}

// linked is alice with a history, and an empty device that she wants to link. She
// has no way back in.
func (w *world) linking() *linking {
	w.tb.Helper()
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "one")
	bob.sync()
	bob.say("alice", "two")
	return &linking{w: w, old: alice, fresh: w.device("alice's new laptop"), by: byCode}
}

// works fails the test unless the devices are linked and both go on.
func (l *linking) works() {
	l.w.tb.Helper()
	k, r, oldErr, newErr := l.run(l.w.ctx)
	if err := errors.Join(oldErr, newErr); err != nil {
		l.w.tb.Fatalf("old: %v\nnew: %v", oldErr, newErr)
	}
	l.w.intact(r, 2)
	if r.ConfirmedBy != "the device that linked this one" {
		l.w.tb.Errorf("confirmed by %s", r.ConfirmedBy)
	}
	if k.ID.String() != mustDevice(l.w, l.fresh) || k.Name != l.fresh.name || l.asked.Name != l.fresh.name || l.asked.Platform == "" || l.asked.ID != k.ID {
		l.w.tb.Errorf("linked %+v, asked %+v", k, l.asked)
	}
	l.fresh.say("bob", "three")
	l.old.sync()
	l.old.say("bob", "four")
	l.fresh.sync()
	for _, d := range []*device{l.old, l.fresh} {
		d.sees("bob", "alice: one", "bob: two", "alice: three", "alice: four")
	}
}

// TestLink: a device is linked by code and by link, whichever side shows it,
// without password or recovery method.
func TestLink(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]linking{
		"code, old shows": {by: byCode}, "link, old shows": {by: byLink},
		"code, new shows": {by: byCode, newShows: true}, "link, new shows": {by: byLink, newShows: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newWorld(t).linking()
			x.by, x.newShows = l.by, l.newShows
			x.works()
		})
	}
}

// TestLinkMistyped: one wrong code is no harm; three make it void, on both sides.
func TestLinkMistyped(t *testing.T) {
	t.Parallel()
	for _, newShows := range []bool{false, true} {
		once := newWorld(t).linking()
		once.newShows = newShows
		other := func(right string) string {
			if right == "111111" {
				return "222222"
			}
			return "111111"
		}
		once.typed = func(try int, right string) string {
			if try == 0 {
				return other(right)
			}
			return right
		}
		once.works()

		void := newWorld(t).linking()
		void.newShows = newShows
		tries := 0
		void.typed = func(_ int, right string) string {
			tries++
			return other(right)
		}
		_, _, oldErr, newErr := void.run(void.w.ctx)
		void.w.refused(oldErr, fault.KindWrongSecret)
		void.w.refused(newErr, fault.KindWrongSecret)
		if tries != 3 {
			t.Errorf("asked %d times", tries)
		}
		if list, err := void.old.Devices(void.w.ctx); err != nil || len(list) != 1 {
			t.Errorf("devices %v, %v", list, err)
		}
	}
}

// TestLinkRefused: the person at the old device says no.
func TestLinkRefused(t *testing.T) {
	t.Parallel()
	l := newWorld(t).linking()
	l.no = true
	_, _, oldErr, newErr := l.run(l.w.ctx)
	l.w.refused(oldErr, fault.KindRefused)
	if e := l.w.refused(newErr, fault.KindRefused); !strings.Contains(e.Message, "refused") {
		t.Errorf("the new device hears %q", e.Message)
	}
	list, err := l.old.Devices(l.w.ctx)
	l.w.must(err)
	if len(list) != 1 {
		t.Errorf("%d devices", len(list))
	}
	l.no = false
	l.works()
}

// TestLinkWithoutTheOther: who follows nobody is told so at once.
func TestLinkWithoutTheOther(t *testing.T) {
	t.Parallel()
	l := newWorld(t).linking()
	ask := func(context.Context, int) (string, error) { return "123456", nil }
	_, err := l.fresh.Link(l.w.ctx, client.JoinOptions{Server: l.w.http.URL, Handle: "alice", Ask: ask})
	l.w.refused(err, fault.KindRefused)
	_, err = l.fresh.Link(l.w.ctx, client.JoinOptions{Server: l.w.http.URL, Handle: "nobody", Ask: ask})
	l.w.refused(err, fault.KindRefused)
	ask = func(context.Context, int) (string, error) { return "open sesame", nil }
	_, err = l.fresh.Link(l.w.ctx, client.JoinOptions{Server: l.w.http.URL, Handle: "alice", Ask: ask})
	l.w.refused(err, fault.KindWrongSecret)
	_, err = l.old.Link(l.w.ctx, client.JoinOptions{Server: l.w.http.URL, Handle: "alice", Ask: ask})
	l.w.refused(err, fault.KindUsage)
}

// TestLinkCutShort: the new device crashes at each of its writes; linked again, it
// is one device and not two, and has everything.
func TestLinkCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.linking()
	disk := l.fresh.store.(*mem.Store)
	for k := 0; ; k++ {
		disk.Inject(mem.CrashAt(disk.Applies()+k, mem.CrashAfter))
		_, _, _, newErr := l.run(w.ctx)
		if newErr == nil {
			break
		}
		if k == 100 {
			t.Fatal("there is no end to it")
		}
		disk = disk.Survivor()
		l.fresh.store = disk
		l.fresh.open()
		if _, err := l.fresh.Whoami(w.ctx); err == nil {
			break // it is linked: sync goes on from here
		}
	}
	disk.Inject(nil)
	l.fresh.sync()
	l.fresh.sees("bob", "alice: one", "bob: two")
	list, err := l.old.Devices(w.ctx)
	w.must(err)
	if len(list) != 2 {
		t.Errorf("%d devices", len(list))
	}
}

// TestLinkHostileServer: a server that stands between the two devices learns
// nothing it can use and links nobody else.
func TestLinkHostileServer(t *testing.T) {
	t.Parallel()
	// It alters, drops or swaps what it relays.
	for name, lie := range map[string]func(l *liar){
		"alters every box": func(l *liar) {
			spoil(l, "GetLinkBoxes", func(_ *pb.GetLinkBoxesRequest, a *pb.GetLinkBoxesResponse) {
				for i, b := range a.Boxes {
					a.Boxes[i] = flip(b)
				}
			})
		},
		"swaps the share for its own": func(l *liar) {
			spoil(l, "GetLinkBoxes", func(_ *pb.GetLinkBoxesRequest, a *pb.GetLinkBoxesResponse) {
				for i, b := range a.Boxes {
					if len(b) == 36 && b[2] == 1 { // a public share: another element
						a.Boxes[i] = append(bytes.Clone(b[:4]), 0x2c, 0x3c, 0x6b, 0x8c, 0x4f, 0x38, 0x00, 0xe7, 0xae, 0xf6, 0x86, 0x40, 0x25, 0xb4, 0xed, 0x79,
							0xbd, 0x59, 0x91, 0x17, 0xe4, 0x27, 0xc4, 0x1b, 0xd4, 0x7d, 0x93, 0xd6, 0x54, 0xb4, 0xa5, 0x1c)
					}
				}
			})
		},
	} {
		for _, newShows := range []bool{false, true} {
			w := newWorld(t)
			x := w.linking()
			x.newShows = newShows
			lie(w.liar())
			ctx, cancel := context.WithTimeout(w.ctx, 20*time.Second)
			_, _, oldErr, newErr := x.run(ctx)
			cancel()
			if oldErr == nil || newErr == nil {
				t.Errorf("%s: linked, %v, %v", name, oldErr, newErr)
			}
			if list, err := x.old.Devices(w.ctx); err != nil || len(list) != 1 {
				t.Errorf("%s: devices %v, %v", name, list, err)
			}
		}
	}
}

// TestLinkHandsHeadsOver: a server that shows the new device an older account or
// private log than the old device knows is caught.
func TestLinkHandsHeadsOver(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(l *liar, chain int){
		"chain": func(l *liar, n int) {
			spoil(l, "GetChain", func(q *pb.GetChainRequest, a *pb.GetChainResponse) {
				if q.FromSeq == 1 && len(a.Entries) > n {
					a.Entries = a.Entries[:n]
				}
			})
		},
		"private log": func(l *liar, _ int) {
			spoil(l, "ReadPrivateLog", func(_ *pb.ReadPrivateLogRequest, a *pb.ReadPrivateLogResponse) {
				if len(a.Entries) > 0 && a.HeadSeq > 0 {
					a.Entries, a.HeadSeq = nil, 0
				}
			})
		},
	} {
		w := newWorld(t)
		x := w.linking()
		_, _, err := x.old.AddCode(w.ctx)
		w.must(err)
		x.old.sync()
		n := len(w.chainOf(x.old).Entries(0))
		x.old.sync()
		lie(w.liar(), n)
		_, _, _, newErr := x.run(w.ctx)
		if fault.KindOf(newErr) != fault.KindIntegrity {
			t.Errorf("an older %s: %v", name, newErr)
		}
	}
}

// TestLinkOtherAccount: a server that names another account for the handle cannot
// have its device linked, by either side.
func TestLinkOtherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.linking()
	mallory := w.register("mallory")
	who, err := mallory.Whoami(w.ctx)
	w.must(err)
	var id []byte
	l := w.liar()
	spoil(l, "Resolve", func(_ *pb.ResolveRequest, a *pb.ResolveResponse) { id = bytes.Clone(a.Account) })
	_, err = x.old.Safety(w.ctx, "mallory")
	w.must(err)
	if len(id) != 32 || who.Handle != "mallory" {
		t.Fatal("no account id was seen")
	}
	spoil(l, "FindLinks", func(_ *pb.FindLinksRequest, a *pb.FindLinksResponse) { a.Account = id })
	ctx, cancel := context.WithTimeout(w.ctx, 15*time.Second)
	defer cancel()
	_, _, oldErr, newErr := x.run(ctx)
	if oldErr == nil || newErr == nil {
		t.Errorf("linked: %v, %v", oldErr, newErr)
	}
}
