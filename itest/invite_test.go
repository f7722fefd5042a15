package itest

import (
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
)

// within reports whether somebody is in a group, as a device sees it.
func (d *device) within(group, handle string) bool {
	d.w.tb.Helper()
	_, in := d.roles(group)[handle]
	return in
}

// invite makes an invite link.
func (d *device) invite(group string, uses int) client.Invite {
	d.w.tb.Helper()
	i, err := d.GroupInvite(d.w.ctx, group, time.Hour, uses)
	d.w.must(err)
	return i
}

// asks follows an invite link, and lets a device of the inviter see to it.
func (d *device) asks(i client.Invite, inviter *device) {
	d.w.tb.Helper()
	_, err := d.Join(d.w.ctx, i.Link)
	d.w.must(err)
	inviter.hearsOf(d.conversation(handleOf(inviter)))
}

// TestInvite: who follows a link is added by whichever device of the inviter comes
// first, reads what comes after, and is no contact for it. The server's files and
// logs hold nothing of the link.
func TestInvite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob"}, bob)
	alice.say("#club", "before carol")
	i := alice.invite("club", 1)
	if i.Uses != 1 || i.Used != 0 || i.Group.Name != "club" {
		t.Errorf("%+v", i)
	}
	laptop, _, err := w.restoreCode("alice", code)
	w.must(err)
	c, err := carol.Join(w.ctx, i.Link)
	w.must(err)
	if c.Handle != "alice" {
		t.Errorf("carol asked %+v", c)
	}
	alice.Close()
	laptop.hearsOf(carol.conversation("alice"))
	bob.fresh("#club")
	if !bob.within("club", "carol") {
		t.Fatal("carol was not added")
	}
	bob.say("#club", "welcome")
	carol.sync()
	carol.sees("#club", "bob: welcome")
	carol.say("#club", "thanks")
	bob.sees("#club", "alice: before carol", "bob: welcome", "carol: thanks")
	if c := laptop.conversation("carol"); !c.Request || c.Messages != 0 {
		t.Errorf("what carol has asked is shown: %+v", c)
	}
	list, err := laptop.List(w.ctx)
	w.must(err)
	if len(list) != 1 {
		t.Errorf("a request to join is listed: %+v", list)
	}
	if all, err := laptop.GroupInvites(w.ctx, "club"); err != nil || len(all) != 1 || all[0].Used != 1 || all[0].Link != i.Link {
		t.Errorf("%+v, %v", all, err)
	}
	l, err := invite.ParseLink(i.Link)
	w.must(err)
	proof := l.Secret.Proof(w.idOf("carol"))
	id := l.Secret.ID()
	for what, needle := range map[string][]byte{
		"link's secret": []byte(i.Link[len(i.Link)-52:]), "secret": l.Secret.Bytes(), "proof": proof[:], "id": id[:],
	} {
		if w.onServer(needle) {
			t.Errorf("the server holds the %s", what)
		}
	}
	if !w.onServer([]byte("carol")) {
		t.Error("the search finds nothing at all, not even a handle")
	}
}

// TestInviteRefused: a link that is used up, over or revoked, a wrong secret, who
// was removed, who is blocked, and what a member or former admin has made add
// nobody.
func TestInviteRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol, dave := w.register("alice"), w.register("bob"), w.register("carol"), w.register("dave")
	w.group("club", alice, []string{"bob"}, bob)
	stays := func(why, handle string) {
		t.Helper()
		if alice.within("club", handle) {
			t.Errorf("%s: %s was added", why, handle)
		}
	}
	_, err := bob.GroupInvite(w.ctx, "club", time.Hour, 1)
	w.refused(err, fault.KindUsage)
	for _, bad := range []struct {
		life time.Duration
		uses int
	}{{time.Second, 1}, {31 * 24 * time.Hour, 1}, {time.Hour, 0}, {time.Hour, client.MaxInviteUses + 1}} {
		_, err := alice.GroupInvite(w.ctx, "club", bad.life, bad.uses)
		w.refused(err, fault.KindUsage)
	}

	once := alice.invite("club", 1)
	carol.asks(once, alice)
	if !alice.within("club", "carol") {
		t.Fatal("carol was not added")
	}
	dave.asks(once, alice)
	stays("used up", "dave")
	w.must(alice.GroupRemove(w.ctx, "club", []string{"carol"}))
	carol.asks(once, alice)
	stays("removed since, used up", "carol")

	twice := alice.invite("club", 2)
	forged, err := invite.ParseLink(twice.Link)
	w.must(err)
	other, err := invite.NewSecret(zeros{})
	w.must(err)
	forged.Secret = other
	dave.asks(client.Invite{Link: forged.Text()}, alice)
	stays("a wrong secret", "dave")
	w.must(alice.RevokeInvite(w.ctx, twice.ID))
	dave.asks(twice, alice)
	stays("revoked", "dave")
	w.refused(alice.RevokeInvite(w.ctx, twice.ID), fault.KindUsage)

	many := alice.invite("club", 5)
	carol.asks(many, alice)
	if !alice.within("club", "carol") {
		t.Fatal("carol was not added by the second link")
	}
	w.must(alice.GroupRemove(w.ctx, "club", []string{"carol"}))
	carol.asks(many, alice)
	stays("removed since", "carol")
	w.must(alice.Block(w.ctx, "dave", true))
	dave.asks(many, alice)
	stays("blocked", "dave")
	w.must(alice.Block(w.ctx, "dave", false))
	w.pass(2 * time.Hour)
	dave.asks(many, alice)
	stays("over", "dave")

	last := alice.invite("club", 5)
	w.must(alice.GroupRole(w.ctx, "club", "bob", convo.Owner))
	w.must(alice.GroupRole(w.ctx, "club", "alice", convo.Member))
	dave.asks(last, alice)
	stays("an admin no more", "dave")
	bob.fresh("#club")
	if list, err := bob.GroupInvites(w.ctx, "club"); err != nil || len(list) != 0 {
		t.Errorf("links of who is no admin any more hold: %+v, %v", list, err)
	}
	w.must(bob.GroupRole(w.ctx, "club", "alice", convo.Admin))
	dave.asks(last, alice)
	stays("an admin again, who was not for a while", "dave")

	for _, bad := range []string{"", "club", last.Link + "x"} {
		_, err := dave.Join(w.ctx, bad)
		w.refused(err, fault.KindUsage)
	}
	_, err = alice.Join(w.ctx, last.Link)
	w.refused(err, fault.KindUsage)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
