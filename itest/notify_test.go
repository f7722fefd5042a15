package itest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// notified are the notifications that a device should be showing, by name: sender
// and text, how many messages, "!" for what is fresh, "@" for mentions.
func (d *device) notified(o client.NotifyOptions) []string {
	d.w.tb.Helper()
	list, err := d.Notifications(d.w.ctx, o)
	d.w.must(err)
	out := []string{}
	for _, n := range list {
		s := fmt.Sprintf("%s/%s: %s%s (%d)", n.Name, n.Sender, n.Text, n.File, n.Count)
		if n.Fresh {
			s += "!"
		}
		if n.Mention {
			s += "@"
		}
		if n.Request {
			s += "?"
		}
		if n.Added {
			s += "+"
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// notifies checks what a device should be showing by what it has.
func (d *device) notifies(want ...string) {
	d.w.tb.Helper()
	if got := d.notified(client.NotifyOptions{}); !slices.Equal(got, want) {
		d.w.tb.Errorf("%s is to show %q, want %q", d.name, got, want)
	}
}

// friends are two who know each other, the first with notifications on.
func friends(t *testing.T) (w *world, alice, bob *device) {
	t.Helper()
	w = newWorld(t)
	alice, bob = w.register("alice"), w.register("bob")
	alice.say("bob", "I know you")
	bob.fresh("alice")
	bob.say("alice", "said before anybody wanted to be told")
	alice.fresh("bob")
	w.must(alice.SetNotify(w.ctx, client.NotifySetting{On: true}))
	return w, alice, bob
}

// TestNotifications: one for each conversation, told of once, gone when it was
// answered, or seen here.
func TestNotifications(t *testing.T) {
	t.Parallel()
	w, alice, bob := friends(t)
	alice.notifies()
	bob.say("alice", "one")
	alice.fresh("bob")
	alice.notifies("bob/bob: one (1)!")
	alice.notifies("bob/bob: one (1)")
	two := bob.say("alice", "two")
	alice.fresh("bob")
	alice.notifies("bob/bob: two (2)!")
	_, err := bob.Edit(w.ctx, two.ID.String(), "two and a half")
	w.must(err)
	alice.fresh("bob")
	alice.notifies("bob/bob: two and a half (2)")
	w.must(bob.React(w.ctx, two.ID.String(), "👍", false))
	alice.fresh("bob")
	alice.notifies("bob/bob: two and a half (2)")
	alice.say("bob", "an answer")
	alice.notifies()
	bob.say("alice", "three")
	alice.fresh("bob")
	id := alice.conversation("bob").ID
	if got := alice.notified(client.NotifyOptions{Viewing: []convo.ID{id}}); len(got) != 0 {
		t.Errorf("what is looked at is notified of: %q", got)
	}
	alice.notifies()
	bob.say("alice", "four")
	alice.fresh("bob")
	alice.notifies("bob/bob: four (1)!")
	w.must(alice.SetNotify(w.ctx, client.NotifySetting{}))
	alice.notifies()
	w.must(alice.SetNotify(w.ctx, client.NotifySetting{On: true}))
	alice.notifies() // what is here by then is no news
}

// TestNotificationsTakenBack: what is unsent, deleted or over is on display no more.
func TestNotificationsTakenBack(t *testing.T) {
	t.Parallel()
	w, alice, bob := friends(t)
	one, two := bob.say("alice", "one"), bob.say("alice", "two")
	alice.fresh("bob")
	alice.notifies("bob/bob: two (2)!")
	w.must(bob.Unsend(w.ctx, two.ID.String()))
	alice.fresh("bob")
	alice.notifies("bob/bob: one (1)")
	w.must(alice.DeleteForMe(w.ctx, one.ID.String()))
	alice.notifies()
	_, err := bob.Send(w.ctx, "alice", client.Outgoing{Text: "for a minute", Expiry: time.Minute})
	w.must(err)
	alice.fresh("bob")
	alice.notifies("bob/bob: for a minute (1)!")
	w.pass(2 * time.Minute)
	alice.notifies()
}

// TestNotificationsElsewhere: what the person has read on another device is no news
// on this one.
func TestNotificationsElsewhere(t *testing.T) {
	t.Parallel()
	w, alice, bob := friends(t)
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	laptop, _, err := w.restoreCode("alice", code)
	w.must(err)
	bob.say("alice", "one")
	alice.fresh("bob")
	alice.notifies("bob/bob: one (1)!")
	laptop.fresh("bob")
	laptop.notifies() // they are off there
	w.must(laptop.MarkRead(w.ctx, "bob", 0))
	laptop.sync()
	if got := alice.notified(client.NotifyOptions{Sync: true}); len(got) != 0 {
		t.Errorf("what was read is notified of: %q", got)
	}
}

// TestNotificationsOfWhom: nothing of blocked people and muted conversations, but
// for mentions in muted groups; strangers ask, and what they say is not shown.
func TestNotificationsOfWhom(t *testing.T) {
	t.Parallel()
	w, alice, bob := friends(t)
	mallory := w.register("mallory")
	_, err := bob.GroupCreate(w.ctx, "tea", []string{"alice", "mallory"})
	w.must(err)
	mallory.fresh("#tea")
	alice.hearsOf(bob.conversation("#tea"))
	alice.notifies("tea/:  (0)!+")
	mallory.say("alice", "I am a stranger")
	mallory.say("#tea", "hello @alice.")
	alice.hearsOf(mallory.conversation("alice"))
	alice.fresh("#tea")
	alice.notifies("mallory/mallory:  (1)!?", "tea/mallory: hello @alice. (1)!@")
	w.must(alice.Block(w.ctx, "mallory", true))
	alice.notifies("tea/:  (0)+")
	alice.say("#tea", "good riddance")
	alice.notifies()

	w.must(alice.Mute(w.ctx, "#tea", time.Hour))
	w.must(alice.Mute(w.ctx, "bob", time.Hour))
	bob.fresh("#tea")
	bob.say("#tea", "tea is ready")
	bob.say("#tea", "@alice: tea is ready")
	bob.say("alice", "tea is ready, @alice")
	alice.fresh("#tea")
	alice.fresh("bob")
	alice.notifies("tea/bob: @alice: tea is ready (1)!@")
	w.pass(2 * time.Hour)
	bob.say("alice", "the tea is cold")
	alice.fresh("bob")
	got := alice.notified(client.NotifyOptions{})
	if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "bob/bob: the tea is cold") }) {
		t.Errorf("a conversation that is muted no longer is silent: %q", got)
	}
}

// TestNotificationsShow: no more leaves the engine than the person wants to be
// shown.
func TestNotificationsShow(t *testing.T) {
	t.Parallel()
	w, alice, bob := friends(t)
	long := strings.Repeat("ä", 1000)
	bob.say("alice", long)
	alice.fresh("bob")
	if got := alice.notified(client.NotifyOptions{}); len(got) != 1 || len(got[0]) > 400 || !strings.Contains(got[0], "ä…") {
		t.Errorf("a long text is shown as %q", got)
	}
	for show, want := range map[client.NotifyShow]string{client.NotifyName: "bob/bob:  (1)", client.NotifyNothing: "/:  (1)"} {
		w.must(alice.SetNotify(w.ctx, client.NotifySetting{On: true, Show: show}))
		alice.notifies(want)
	}
	w.refused(alice.SetNotify(w.ctx, client.NotifySetting{On: true, Show: "all"}), fault.KindUsage)
}

// TestNotificationsWithoutServer: what cannot be asked for fails, and is told of
// once it can be.
func TestNotificationsWithoutServer(t *testing.T) {
	t.Parallel()
	w, alice, bob := friends(t)
	bob.say("alice", "one")
	w.stop()
	_, err := alice.Notifications(w.ctx, client.NotifyOptions{Sync: true})
	w.refused(err, fault.KindUnreachable)
	w.start()
	w.eventually("the message is told of", func() bool {
		return slices.Equal(alice.notified(client.NotifyOptions{Sync: true}), []string{"bob/bob: one (1)!"})
	})
	alice.notifies("bob/bob: one (1)")
}
