package itest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// gives says whether newcomers to a group are given its history.
func (d *device) gives(group string, on bool) {
	d.w.tb.Helper()
	c, err := d.SetGroupHistory(d.w.ctx, group, on)
	d.w.must(err)
	if c.History != on {
		d.w.tb.Fatalf("the group's history is %v", c.History)
	}
}

// givers are who has given a device what it sees, text by text.
func (d *device) givers(group string) map[string]string {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, group, client.Page{})
	d.w.must(err)
	out := map[string]string{}
	for _, m := range h {
		if m.Event == "" {
			out[m.Text] = m.GivenBy
		}
	}
	return out
}

// eventsOf counts events with a text.
func (d *device) eventsOf(group, event, text string) (n int) {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, group, client.Page{})
	d.w.must(err)
	for _, m := range h {
		if m.Event == event && m.Text == text {
			n++
		}
	}
	return n
}

// waitsFor waits until a device sees a text in a group.
func (d *device) waitsFor(group, line string) {
	d.w.tb.Helper()
	d.w.eventually(d.name+" sees "+line, func() bool {
		d.sync()
		_, err := d.History(d.w.ctx, group, client.Page{})
		return err == nil && slices.Contains(d.texts(group), line)
	})
}

// TestNewcomer: what is written since the group wants it is given to who comes, by
// name, verified, searchable, and there again after a restore; nothing of before, of
// what was unsent or has disappeared.
func TestNewcomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol, dave := w.register("alice"), w.register("bob"), w.register("carol"), w.register("dave")
	code, _, err := carol.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob"}, bob)
	alice.say("#club", "before it was on")
	_, err = bob.SetGroupHistory(w.ctx, "club", true)
	w.refused(err, fault.KindUsage)
	alice.gives("club", true)
	alice.gives("club", true) // again: nothing
	bob.fresh("#club")
	for _, d := range []*device{alice, bob} {
		if n := d.eventsOf("#club", "history", "on"); n != 1 {
			t.Errorf("%s is told %d times", d.name, n)
		}
	}
	m := bob.say("#club", "one")
	gone := bob.say("#club", "a mistake")
	_, err = bob.Send(w.ctx, "#club", client.Outgoing{Text: "not for long", Expiry: time.Minute})
	w.must(err)
	alice.fresh("#club")
	alice.say("#club", "two")
	w.must(alice.React(w.ctx, m.ID.String(), "👍", false))
	bob.fresh("#club")
	w.must(bob.Unsend(w.ctx, gone.ID.String()))
	w.pass(2 * time.Minute)
	alice.fresh("#club")
	name := "club"
	_, err = alice.GroupPresent(w.ctx, "club", client.GroupChange{Name: &name}) // sent anew, it reaches no further back
	w.must(err)
	w.must(alice.GroupAdd(w.ctx, "club", []string{"carol"}))
	want := []string{"bob: one", "bob: (unsent)", "alice: two"}
	check := func(d *device, more ...string) {
		t.Helper()
		d.waitsFor("#club", "alice: two")
		d.sees("#club", append(slices.Clone(want), more...)...)
		g := d.givers("#club")
		if g["one"] != "alice" || g["two"] != "alice" {
			t.Errorf("%s was given it by %v", d.name, g)
		}
		if found, err := d.Search(w.ctx, []string{"two"}, ""); err != nil || len(found) != 1 {
			t.Errorf("%s finds %v, %v", d.name, found, err)
		}
		if d.eventsOf("#club", "history", "given") == 0 {
			t.Errorf("%s is not told that it was given", d.name)
		}
	}
	check(carol)
	if n := carol.conversation("#club").Unread; n != 0 {
		t.Errorf("%d of what was given are unread", n)
	}
	if g := bob.givers("#club"); g["one"] != "" {
		t.Errorf("bob, who was there, was given it by %v", g)
	}
	carol.say("#club", "thanks")
	laptop, _, err := w.restoreCode("carol", code)
	w.must(err)
	check(laptop, "carol: thanks")
	if v, err := laptop.VaultStatus(w.ctx); err != nil || v.State == client.CheckBroken {
		t.Errorf("%+v, %v", v, err)
	}
	// A member adds somebody: an admin's device gives it then.
	w.must(carol.GroupAdd(w.ctx, "club", []string{"dave"}))
	dave.meets("#club")
	dave.sees("#club")
	alice.fresh("#club")
	check(dave, "carol: thanks")
	alice.fresh("#club")
	before := alice.eventsOf("#club", "history", "given")
	alice.sync()
	bob.fresh("#club")
	if n := alice.eventsOf("#club", "history", "given"); n != before || n != 2 {
		t.Errorf("given %d times", n)
	}
	// Off: nobody is given anything.
	alice.gives("club", false)
	erin := w.register("erin")
	w.must(alice.GroupAdd(w.ctx, "club", []string{"erin"}))
	alice.say("#club", "hello erin")
	erin.meets("#club")
	alice.fresh("#club")
	erin.fresh("#club")
	erin.sees("#club", "alice: hello erin")
}

// TestNewcomerLink: who comes by a link is given it, too, by whichever admin is
// awake; and what was written while nobody's vault was on is not given.
func TestNewcomerLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.club()
	alice.gives("club", true)
	bob.fresh("#club")
	carol.fresh("#club")
	carol.say("#club", "for who comes")
	i := alice.invite("club", 1)
	bob.fresh("#club")
	alice.Close()
	dave := w.register("dave")
	_, err := dave.Join(w.ctx, i.Link)
	w.must(err)
	bob.hearsOf(dave.conversation("bob"))
	dave.waitsFor("#club", "carol: for who comes")
	if g := dave.givers("#club"); g["for who comes"] != "bob" {
		t.Errorf("dave was given it by %v", g)
	}
}

// TestNewcomerWatch: an admin's device that only watches lets a newcomer in and gives
// the history, too.
func TestNewcomerWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.club()
	alice.gives("club", true)
	bob.fresh("#club")
	carol.fresh("#club")
	carol.say("#club", "for who comes")
	i := alice.invite("club", 1)
	bob.fresh("#club")
	alice.Close()
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error)
	go func() { ended <- bob.Watch(ctx, "", func(client.Message) error { return nil }) }()
	dave := w.register("dave")
	_, err := dave.Join(w.ctx, i.Link)
	w.must(err)
	dave.waitsFor("#club", "carol: for who comes")
	cancel()
	w.must(<-ended)
}
