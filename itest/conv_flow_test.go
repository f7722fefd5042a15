package itest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestConversation is a conversation of two with everything that people do in
// one, and what is left of it after a restore.
func TestConversation(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	hello := alice.say("bob", "hello")
	bob.sync()
	reply, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: "hi there", ReplyTo: hello.ID})
	w.must(err)
	wrong := alice.say("bob", "see you on Mnday")
	_, err = alice.Edit(w.ctx, wrong.ID.String(), "see you on Monday")
	w.must(err)
	gone := alice.say("bob", "this was a mistake")
	w.must(alice.Unsend(w.ctx, gone.ID.String()))
	w.must(bob.React(w.ctx, wrongID(bob, wrong), "👍", false))
	w.must(bob.React(w.ctx, wrong.ID.String(), "🎉", false))
	w.must(bob.React(w.ctx, wrong.ID.String(), "👍", true))
	hide := bob.say("alice", "alice will hide this")
	alice.sync()
	w.must(alice.DeleteForMe(w.ctx, hide.ID.String()[:10]))

	check := func(d *device, with string, last ...string) {
		t.Helper()
		d.sees(with, append([]string{"alice: hello", "bob: hi there", "alice: see you on Monday", "alice: (unsent)"}, last...)...)
		list, err := d.History(w.ctx, with, client.Page{})
		w.must(err)
		list = slices.DeleteFunc(list, func(m client.Message) bool { return m.Event != "" })
		if list[1].ReplyTo != hello.ID || list[1].ID != reply.ID {
			t.Errorf("%s: reply to %s, want %s", d.name, list[1].ReplyTo, hello.ID)
		}
		m := list[2]
		if !m.Edited || len(m.Reactions) != 1 || m.Reactions[0].Emoji != "🎉" || m.Reactions[0].Handle != "bob" {
			t.Errorf("%s: edited %v, reactions %v", d.name, m.Edited, m.Reactions)
		}
	}
	bob.sync()
	check(bob, "alice", "bob: alice will hide this")
	check(alice, "bob")
	again, r, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(r, 3)
	check(again, "bob")

	// The index forgot what was unsent, edited away or hidden.
	for word, want := range map[string]int{"hello": 1, "Monday": 1, "Mnday": 0, "mistake": 0, "hide": 0} {
		for _, d := range []*device{alice, again} {
			found, err := d.Search(w.ctx, []string{word}, "")
			w.must(err)
			if len(found) != want {
				t.Errorf("%s: %d messages with %q, want %d", d.name, len(found), word, want)
			}
		}
	}
}

// wrongID waits for a message and returns its id.
func wrongID(d *device, m client.Message) string {
	d.sync()
	return m.ID.String()
}

func TestOthersMessagesCannotBeChanged(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	m := alice.say("bob", "mine")
	bob.sync()
	_, err := bob.Edit(w.ctx, m.ID.String(), "yours")
	w.refused(err, fault.KindUsage)
	w.refused(bob.Unsend(w.ctx, m.ID.String()), fault.KindUsage)
	w.refused(bob.React(w.ctx, m.ID.String(), "👍", true), fault.KindUsage)
	_, err = bob.FindMessage(w.ctx, "0123456789")
	w.refused(err, fault.KindUsage)
	_, err = bob.Send(w.ctx, "nobody", client.Outgoing{Text: "x"})
	w.refused(err, fault.KindRefused)
	_, err = bob.Send(w.ctx, "#nothing", client.Outgoing{Text: "x"})
	w.refused(err, fault.KindUsage)
}

// TestGroup: a group's members come, go and are removed.
func TestGroup(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol, dave := w.register("alice"), w.register("bob"), w.register("carol"), w.register("dave")
	_, err := alice.GroupCreate(w.ctx, "tea", []string{"bob", "carol"})
	w.must(err)
	alice.say("#tea", "welcome")
	bob.sync()
	bob.say("#tea", "hi all")
	carol.sync()
	carol.sees("#tea", "alice: welcome", "bob: hi all")
	w.must(bob.GroupAdd(w.ctx, "tea", []string{"dave"}))
	bob.say("#tea", "dave is here")
	dave.sync()
	dave.sees("#tea", "bob: dave is here")
	dave.say("#tea", "hello from dave")
	w.must(carol.GroupLeave(w.ctx, "#tea"))
	alice.sync()
	alice.say("#tea", "carol left")
	_, err = carol.Send(w.ctx, "#tea", client.Outgoing{Text: "still me"})
	w.refused(err, fault.KindRefused)
	carol.sees("#tea", "alice: welcome", "bob: hi all", "bob: dave is here", "dave: hello from dave")
	w.must(alice.GroupRemove(w.ctx, "tea", []string{"bob"}))
	alice.say("#tea", "without bob")
	bob.sync()
	_, err = bob.Send(w.ctx, "#tea", client.Outgoing{Text: "still me"})
	w.refused(err, fault.KindRefused)
	bob.sees("#tea", "alice: welcome", "bob: hi all", "bob: dave is here", "dave: hello from dave", "alice: carol left")
	dave.sync()
	dave.sees("#tea", "bob: dave is here", "dave: hello from dave", "alice: carol left", "alice: without bob")
	err = dave.GroupRemove(w.ctx, "tea", []string{"alice"})
	w.refused(err, fault.KindRefused)
	c, err := dave.GroupInfo(w.ctx, "tea")
	w.must(err)
	if len(c.Participants) != 2 || c.Name != "tea" || c.Pending != 0 {
		t.Errorf("group info: %d participants, name %q, %d pending", len(c.Participants), c.Name, c.Pending)
	}
}

// TestBothBegin: two people write to each other at the same time; there is one
// conversation with both messages.
func TestBothBegin(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	done := make(chan error, 2)
	go func() { _, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "from alice"}); done <- err }()
	go func() { _, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: "from bob"}); done <- err }()
	w.must(<-done)
	w.must(<-done)
	alice.sync()
	bob.sync()
	a, b := alice.texts("bob"), bob.texts("alice")
	if !slices.Equal(a, b) || len(a) != 2 {
		t.Errorf("alice sees %q, bob %q", a, b)
	}
}

func TestManyLinesAndLongRestore(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	const n = 2300 // several pages, and commits in between
	i := 0
	next := func() (client.Outgoing, bool) {
		i++
		return client.Outgoing{Text: fmt.Sprintf("line %d", i)}, i <= n
	}
	w.must(alice.SendMany(w.ctx, "bob", next, func(m client.Message, err error) {
		if err != nil || m.State != client.StateSent {
			t.Fatalf("%s: %v", m.State, err)
		}
	}))
	bob.sync()
	first, err := bob.History(w.ctx, "alice", client.Page{Limit: 3})
	w.must(err)
	if len(first) != 3 || first[2].Text != fmt.Sprintf("line %d", n) {
		t.Fatalf("newest are %d messages, last %q", len(first), first[len(first)-1].Text)
	}
	page, err := bob.History(w.ctx, "alice", client.Page{Limit: 2, Before: first[0].Seq})
	w.must(err)
	if len(page) != 2 || page[1].Seq >= first[0].Seq {
		t.Errorf("page before %d ends at %d", first[0].Seq, page[1].Seq)
	}
	again, r, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(r, n)
	want := alice.texts("bob")
	if got := again.texts("bob"); !slices.Equal(got, want) {
		t.Errorf("%d lines restored, want %d", len(got), len(want))
	}
	if m, err := again.Send(w.ctx, "bob", client.Outgoing{Text: "after"}); err != nil || m.State != client.StateSent {
		t.Errorf("sending after a restore: %v", err)
	}
	v, err := again.VaultStatus(w.ctx)
	w.must(err)
	for _, c := range v.Checks {
		if c.Name == "deposits" && c.State != client.CheckOK {
			t.Errorf("deposits: %s, %s", c.State, c.Detail)
		}
	}
}

// TestSameKeyIsSameMessage: also from another device, which knows nothing of the
// first.
func TestSameKeyIsSameMessage(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	one, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "once", Key: "k1"})
	w.must(err)
	two, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "once", Key: "k1"})
	w.must(err)
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	three, err := again.Send(w.ctx, "bob", client.Outgoing{Text: "once", Key: "k1"})
	w.must(err)
	if one.ID != two.ID || one.ID != three.ID || one.ID.IsZero() {
		t.Errorf("ids %s, %s, %s", one.ID, two.ID, three.ID)
	}
	bob.sync()
	bob.sees("alice", "alice: once")
}

func TestQueuedWhileUnreachable(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "one")
	w.stop()
	m, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "two"})
	w.refused(err, fault.KindUnreachable)
	if m.State != client.StateQueued || m.Text != "two" {
		t.Fatalf("message %q is %s", m.Text, m.State)
	}
	alice.sees("bob", "alice: one", "alice: two")
	w.start()
	s, err := alice.Sync(w.ctx)
	w.must(err)
	if s.Sent != 1 {
		t.Errorf("sync sent %d messages", s.Sent)
	}
	bob.sync()
	bob.sees("alice", "alice: one", "alice: two")
}

// TestRemovedDeviceIsOut: what is sent after a device was removed, it cannot
// read, and it can write nothing.
func TestRemovedDeviceIsOut(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "before")
	again := w.device("alice's new phone")
	_, err = again.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code, WaitAll: true, LostAll: true})
	w.must(err)
	again.sync()
	bob.sync()
	bob.say("alice", "after")
	again.sync()
	again.sees("bob", "alice: before", "bob: after")
	c, err := again.FindConversation(w.ctx, "bob")
	w.must(err)
	if c.Pending != 0 {
		t.Errorf("%d removals pending", c.Pending)
	}
	if _, err = alice.Send(w.ctx, "bob", client.Outgoing{Text: "from a stolen phone"}); err == nil {
		t.Error("a removed device may write")
	}
	if got := strings.Join(alice.texts0("bob"), "\n"); strings.Contains(got, "after") {
		t.Errorf("a removed device reads %q", got)
	}
}

// texts0 is texts for a device that may be refused.
func (d *device) texts0(with string) []string {
	h, _ := d.History(d.w.ctx, with, client.Page{})
	var out []string
	for _, m := range h {
		out = append(out, m.Text)
	}
	return out
}

// TestWatch: messages come once each and in order, with none left out in between.
func TestWatch(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "0")
	bob.sync()
	enough := errors.New("enough")
	done := make(chan error, 1)
	var got []string
	go func() {
		done <- bob.Watch(w.ctx, "alice", func(m client.Message) error {
			if got = append(got, m.Text); len(got) == 4 {
				return enough
			}
			return nil
		})
	}()
	for i := 1; ; i++ {
		alice.say("bob", fmt.Sprint(i))
		select {
		case err := <-done:
			if err != enough {
				t.Fatalf("watch ended with %v", err)
			}
			first, err := strconv.Atoi(got[0])
			w.must(err)
			for n, text := range got {
				if text != fmt.Sprint(first+n) {
					t.Errorf("watched %q", got)
				}
			}
			return
		default:
		}
	}
}

// TestGrace: a message sealed before its sender saw somebody's commit counts for
// a moment after one that removed nobody, and is sealed anew after one that did.
func TestGrace(t *testing.T) {
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	_, err = alice.GroupCreate(w.ctx, "tea", []string{"bob", "carol"})
	w.must(err)
	bob.sync()
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.say("#tea", "joined by a commit that removes nobody")
	bob.say("#tea", "sealed before")
	w.must(alice.GroupRemove(w.ctx, "tea", []string{"carol"}))
	bob.say("#tea", "sealed before, too")
	want := []string{"alice: joined by a commit that removes nobody", "bob: sealed before", "bob: sealed before, too"}
	for _, d := range []*device{alice, tablet, bob} {
		d.sync()
		d.sees("#tea", want...)
	}
	carol.sync()
	carol.sees("#tea", want[:2]...)
	again, r, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(r, 3)
	again.sees("#tea", want...)
}

// TestTwoDevicesOfOneAccount: both read everything and both write; what one
// deletes for the account is gone on the other.
func TestTwoDevicesOfOneAccount(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "from the phone")
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.say("bob", "from the tablet")
	alice.sync()
	alice.say("bob", "from the phone again")
	bob.sync()
	m := bob.say("alice", "to both")
	tablet.sync()
	alice.sync()
	w.must(tablet.DeleteForMe(w.ctx, m.ID.String()))
	alice.sync()
	want := []string{"alice: from the phone", "alice: from the tablet", "alice: from the phone again"}
	alice.sees("bob", want...)
	tablet.sees("bob", want...)
	bob.sees("alice", append(want, "bob: to both")...)
}
