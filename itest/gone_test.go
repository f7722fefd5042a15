package itest

import (
	"bytes"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// leaving is a way in which a message goes, with what stands for it afterwards.
type leaving struct {
	name string
	// act makes it go, on alice's phone; her laptop is offline.
	act func(w *world, alice, bob *device, m client.Message)
	// shown is what alice sees in its place, bobs what bob does.
	shown, bobs []string
	from        string // who sent it
	expiry      time.Duration
	// erased says that the server has to forget it, files that its file goes, too.
	erased, files bool
}

var leavings = []leaving{
	{
		name: "edit", from: "alice", shown: []string{"alice: harmless"}, bobs: []string{"alice: harmless"},
		act: func(w *world, alice, _ *device, m client.Message) {
			_, err := alice.Edit(w.ctx, m.ID.String(), "harmless")
			w.must(err)
		},
	},
	{
		name: "unsend", from: "alice", shown: []string{"alice: (unsent)"}, bobs: []string{"alice: (unsent)"}, erased: true, files: true,
		act: func(w *world, alice, _ *device, m client.Message) {
			_, err := alice.Edit(w.ctx, m.ID.String(), "numbats")
			w.must(err)
			w.must(alice.Unsend(w.ctx, m.ID.String()))
		},
	},
	{
		name: "delete for me", from: "bob", bobs: nil, erased: true, files: true,
		act: func(w *world, alice, bob *device, m client.Message) {
			w.must(alice.DeleteForMe(w.ctx, m.ID.String()))
			w.must(bob.DeleteForMe(w.ctx, m.ID.String()))
		},
	},
	{
		name: "disappearing", from: "alice", expiry: time.Hour, erased: true, files: true,
		act: func(w *world, alice, bob *device, m client.Message) {
			_, err := alice.Edit(w.ctx, m.ID.String(), "numbats")
			w.must(err)
			bob.fresh("alice")
			w.must(bob.React(w.ctx, m.ID.String(), "👍", false))
			w.pass(time.Hour + time.Minute)
			alice.sync() // whose file it is
		},
	},
	{
		name: "clear", from: "bob", erased: true, files: true,
		act: func(w *world, alice, bob *device, _ client.Message) {
			w.must(alice.Clear(w.ctx, "bob"))
			w.must(bob.Clear(w.ctx, "alice"))
		},
	},
}

// TestGone: however a message goes, it is gone from all devices, one of which was
// offline at the time, from their stores and indexes, from the server's files, and
// from every restore to come; and nothing counts as missing.
func TestGone(t *testing.T) {
	for _, x := range leavings {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice, bob := w.register("alice"), w.register("bob")
			code, _, err := alice.AddCode(w.ctx)
			w.must(err)
			laptop, _, err := w.restoreCode("alice", code)
			w.must(err)
			sender, to := alice, "bob"
			if x.from == "bob" {
				sender, to = bob, "alice"
			}
			m, err := sender.Send(w.ctx, to, client.Outgoing{Text: "zyzzyva", Expiry: x.expiry, Files: []client.File{{
				Name: "wombats.txt", Size: 3000, Content: bytes.NewReader(make([]byte, 3000)),
			}}})
			w.must(err)
			laptop.fresh("bob")
			alice.fresh("bob")
			bob.fresh("alice")
			laptop.sees("bob", x.from+": zyzzyva")
			sealed := sender.ciphertext(m)
			if !w.onServer(sealed) || w.blobs() != 1 {
				t.Fatal("the server does not have what was sent")
			}

			x.act(w, alice, bob, m)
			alice.fresh("bob")
			bob.fresh("alice")
			if x.erased {
				w.eventually("the ciphertext is erased", func() bool { return !w.onServer(sealed) })
			}
			if n := w.blobs(); x.files && n != 0 {
				t.Errorf("the server has %d files left", n)
			}
			laptop.fresh("bob")
			again, report, err := w.restoreCode("alice", code)
			w.must(err)
			if !report.Intact() {
				t.Errorf("the restore has gaps: %+v", report.Gaps)
			}
			for _, d := range []*device{alice, laptop, again} {
				d.sees("bob", x.shown...)
			}
			bob.sees("alice", x.bobs...)
			if x.erased {
				w.traceless(x.name, []string{"zyzzyva", "wombats", "numbats"}, alice, laptop, again, bob)
			}
			if x.name == "clear" { // what happened in it is gone, too
				for _, d := range []*device{alice, laptop, again} {
					h, err := d.History(w.ctx, "bob", client.Page{})
					w.must(err)
					if len(h) > 0 {
						t.Errorf("%s still shows %+v", d.name, h)
					}
				}
			}
			// The conversation goes on.
			bob.say("alice", "onwards")
			laptop.sees("bob", append(append([]string{}, x.shown...), "bob: onwards")...)
		})
	}
}

// TestClear: a long conversation is cleared in a group, by one of its members, and
// goes on; an imported one is cleared with its files; others keep theirs.
func TestClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	_, err = alice.GroupCreate(w.ctx, "tea", []string{"bob"})
	w.must(err)
	n := 0
	w.must(bobSends(w, bob, 300, &n))
	alice.fresh("#tea")
	w.must(alice.Clear(w.ctx, "#tea"))
	w.must(alice.Clear(w.ctx, "#tea")) // again: nothing is left to do
	c := alice.conversation("#tea")
	if c.Messages != 0 || c.Unread != 0 || c.Name != "tea" {
		t.Errorf("after clearing: %+v", c)
	}
	if got := len(bob.texts("#tea")); got != 300 {
		t.Errorf("bob has %d messages left, want 300", got)
	}
	bob.say("#tea", "still here")
	alice.sees("#tea", "bob: still here")
	again, report, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(report, 1)
	again.sees("#tea", "bob: still here")
	w.traceless("cleared", []string{"onehundred"}, alice, again)
	_, err = alice.FindMessage(w.ctx, "0000")
	w.refused(err, fault.KindUsage)
	w.refused(alice.Clear(w.ctx, "#nothing"), fault.KindUsage)
}

// bobSends sends texts into #tea.
func bobSends(w *world, bob *device, count int, n *int) error {
	bob.fresh("#tea")
	return bob.SendMany(w.ctx, "#tea", func() (client.Outgoing, bool) {
		*n++
		return client.Outgoing{Text: "onehundred times"}, *n <= count
	}, func(_ client.Message, err error) { w.must(err) })
}
