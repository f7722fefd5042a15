package itest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
)

// TestOddTexts: what is no message is refused with a usage error and leaves
// nothing behind; whatever is one arrives as it was written.
func TestOddTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	bob.sync()
	for name, text := range map[string]string{
		"empty":         "",
		"invalid UTF-8": "half an emoji \xf0\x9f",
		"two megabytes": strings.Repeat("coffer", 400_000),
	} {
		m, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: text})
		if kind := fault.KindOf(err); err == nil || kind != fault.KindUsage && kind != fault.KindRefused {
			t.Errorf("%s: %v (%v), want it refused; %s", name, err, kind, m.State)
		}
	}
	s, err := alice.Sync(w.ctx)
	w.must(err)
	if s.Pending != 0 {
		t.Errorf("%d messages that cannot be sent wait", s.Pending)
	}
	texts := []string{
		" ", "\n", "a\x00b", "\u202eright to left", "👩‍👩‍👧‍👦", strings.Repeat("é", content.MaxText/2), "=?utf-8?q?no?=", "<script>", "../../etc",
	}
	lines := []string{"alice: hello"}
	for _, text := range texts {
		alice.say("bob", text)
		lines = append(lines, "alice: "+text)
	}
	bob.sees("alice", lines...)
}

// TestOddNames: handles and group names.
func TestOddNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	for _, name := range []string{"", strings.Repeat("x", 40), "a b", "álice", "-x", "a/b", "a@b", "\x00", "a\n"} {
		err := w.device("x").Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: name})
		w.refused(err, fault.KindUsage)
		_, err = alice.Send(w.ctx, name, client.Outgoing{Text: "to nobody"})
		w.refused(err, fault.KindUsage)
	}
	_, err := alice.Send(w.ctx, "nobody", client.Outgoing{Text: "to nobody"})
	if kind := fault.KindOf(err); kind != fault.KindRefused && kind != fault.KindUsage {
		t.Errorf("an unknown handle: %v (%s)", err, kind)
	}
	// Upper case is the same handle.
	alice.say("BOB", "hello")
	bob.sees("Alice", "alice: hello")

	for _, name := range []string{"", strings.Repeat("n", content.MaxInfoName+1), "bad \xff name"} {
		_, err := alice.GroupCreate(w.ctx, name, []string{"bob"})
		w.refused(err, fault.KindUsage)
	}
	for _, name := range []string{"Über uns 🏔", "with spaces", "../..", "bob"} {
		_, err := alice.GroupCreate(w.ctx, name, []string{"bob"})
		w.must(err)
		alice.say("#"+name, "in "+name)
		bob.sync()
		bob.sees("#"+name, "alice: in "+name)
	}
	alice.say("bob", "not in the group")
	bob.sees("alice", "alice: hello", "alice: not in the group")
}

// TestNotYours: nobody changes what somebody else wrote, and what refers to
// nothing is refused or harmless.
func TestNotYours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	m := alice.say("bob", "mine")
	bob.sync()
	id := m.ID.String()
	_, err := bob.Edit(w.ctx, id, "yours")
	w.refused(err, fault.KindUsage)
	w.refused(bob.Unsend(w.ctx, id), fault.KindUsage)
	w.refused(bob.React(w.ctx, id, "👍", true), fault.KindUsage)
	_, err = alice.Edit(w.ctx, id, "")
	w.refused(err, fault.KindUsage)
	_, err = alice.Edit(w.ctx, id, "\xff")
	w.refused(err, fault.KindUsage)
	for _, no := range []string{"", "zz", strings.Repeat("0", 64), "not an id", "../"} {
		_, err := alice.Edit(w.ctx, no, "x")
		w.refused(err, fault.KindUsage)
		w.refused(alice.Unsend(w.ctx, no), fault.KindUsage)
		w.refused(alice.DeleteForMe(w.ctx, no), fault.KindUsage)
	}
	var unknown client.MessageID
	unknown[5] = 1
	reply, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "to what?", ReplyTo: unknown})
	if err != nil {
		w.refused(err, fault.KindUsage)
	} else if reply.ReplyTo != unknown {
		t.Error("the reply lost what it refers to")
	}
	w.must(alice.Unsend(w.ctx, id))
	w.refused(alice.Unsend(w.ctx, id), fault.KindUsage)
	_, err = alice.Edit(w.ctx, id, "again")
	w.refused(err, fault.KindUsage)
	bob.texts("alice") // he hears of it
	w.refused(bob.React(w.ctx, id, "👍", false), fault.KindUsage)
	if got := bob.texts("alice"); got[0] != "alice: (unsent)" {
		t.Errorf("bob sees %q", got)
	}
	if found, err := bob.Search(w.ctx, []string{"mine"}, ""); err != nil || len(found) != 0 {
		t.Errorf("bob finds %d unsent messages (%v)", len(found), err)
	}
}

// TestManyReactions: reactions by the hundred are one list, without doubles, the
// same on both sides and after a restore.
func TestManyReactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	m := alice.say("bob", "react!")
	bob.sync()
	for i := range 120 {
		w.must(bob.React(w.ctx, m.ID.String(), string(rune(0x1F600+i%60)), false))
	}
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	for _, d := range []*device{alice, bob, again} {
		with := "bob"
		if d == bob {
			with = "alice"
		}
		h, err := d.History(w.ctx, with, client.Page{})
		w.must(err)
		if n := len(h[len(h)-1].Reactions); n != 60 {
			t.Errorf("%s: %d reactions, want 60", d.name, n)
		}
	}
}

// TestWrongClock: a device whose clock is wrong by ten years, either way, sends,
// receives and restores.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	for _, years := range []int{-10, 10} {
		t.Run(fmt.Sprint(years, " years"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice, bob := w.register("alice"), w.register("bob")
			code, _, err := alice.AddCode(w.ctx)
			w.must(err)
			alice.say("bob", "one")
			bob.sync()
			bob.now = func() time.Time { return time.Now().AddDate(years, 0, 0) }
			bob.say("alice", "from another time")
			alice.say("bob", "two")
			bob.sync()
			lines := []string{"alice: one", "bob: from another time", "alice: two"}
			bob.sees("alice", lines...)
			alice.sees("bob", lines...)
			h, err := alice.History(w.ctx, "bob", client.Page{})
			w.must(err)
			for _, m := range h {
				if d := time.Since(m.Time); d < 0 || d > time.Hour {
					t.Errorf("a message is dated %v ago", d)
				}
			}
			fresh := w.device("alice's old computer")
			fresh.now = bob.now
			_, err = fresh.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code, WaitAll: true})
			w.must(err)
			fresh.sees("bob", lines...)
		})
	}
}
