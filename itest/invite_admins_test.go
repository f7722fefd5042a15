package itest

import (
	"sync"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// club is a group of alice, who owns it, bob, an admin, and carol, a member.
func (w *world) club() (alice, bob, carol *device) {
	w.tb.Helper()
	alice, bob, carol = w.register("alice"), w.register("bob"), w.register("carol")
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	w.must(alice.GroupRole(w.ctx, "club", "bob", convo.Admin))
	for _, d := range []*device{bob, carol} {
		d.fresh("#club")
	}
	return alice, bob, carol
}

// links are a group's invite links, as a device lists them.
func (d *device) links(group string) []client.Invite {
	d.w.tb.Helper()
	list, err := d.GroupInvites(d.w.ctx, group)
	d.w.must(err)
	return list
}

// TestInviteByAnotherAdmin: who has made a link is away; another admin lets in who
// comes by it, and counts it. A member does not, and lists no links.
func TestInviteByAnotherAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.club()
	dave, erin := w.register("dave"), w.register("erin")
	i := alice.invite("club", 2)
	alice.Close()
	for _, d := range []*device{bob, carol} {
		d.fresh("#club")
	}
	asked, err := dave.Join(w.ctx, i.Link)
	w.must(err)
	if asked.Handle != "alice" {
		t.Errorf("dave asked %+v", asked)
	}
	carol.sync()
	if carol.within("club", "dave") {
		t.Fatal("a member has let dave in")
	}
	bob.hearsOf(dave.conversation("bob"))
	carol.fresh("#club")
	if !carol.within("club", "dave") {
		t.Fatal("bob has not let dave in")
	}
	carol.say("#club", "welcome")
	dave.meets("#club")
	dave.fresh("#club")
	dave.sees("#club", "carol: welcome")
	if list := bob.links("club"); len(list) != 1 || list[0].Used != 1 || list[0].By != "alice" || list[0].Link != "" || list[0].ID != i.ID {
		t.Errorf("bob lists %+v", list)
	}
	if list := carol.links("club"); len(list) != 0 {
		t.Errorf("a member lists %+v", list)
	}
	w.refused(carol.RevokeInvite(w.ctx, i.ID), fault.KindUsage)
	// Who made it comes back, and counts what bob did; and dave does not come back.
	w.must(bob.GroupRemove(w.ctx, "club", []string{"dave"}))
	alice.open()
	alice.hearsOf(dave.conversation("alice"))
	if alice.within("club", "dave") {
		t.Error("dave was let in again by a request that was seen to")
	}
	if list := alice.links("club"); len(list) != 1 || list[0].Used != 1 || list[0].Link != i.Link {
		t.Errorf("alice lists %+v", list)
	}
	// Any admin revokes it.
	w.must(bob.RevokeInvite(w.ctx, i.ID))
	alice.fresh("#club")
	_, err = erin.Join(w.ctx, i.Link)
	w.must(err)
	for _, d := range []*device{alice, bob} {
		d.hearsOf(erin.conversation(handleOf(d)))
		if d.within("club", "erin") {
			t.Error("a revoked link has let erin in")
		}
		if list := d.links("club"); len(list) != 0 {
			t.Errorf("a revoked link is listed: %+v", list)
		}
	}
}

// TestInviteByTwoAtOnce: two admins see the same request, and different ones, at the
// same time: each account is there once, and one more than the link allows is not.
func TestInviteByTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.club()
	one := alice.invite("club", 1)
	bob.fresh("#club")
	dave, erin := w.register("dave"), w.register("erin")
	for _, d := range []*device{dave, erin} {
		_, err := d.Join(w.ctx, one.Link)
		w.must(err)
	}
	w.eventually("one of them is let in", func() bool {
		var both sync.WaitGroup
		for _, d := range []*device{alice, bob} {
			both.Go(func() {
				if _, err := d.Sync(w.ctx); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		carol.fresh("#club")
		return carol.within("club", "dave") != carol.within("club", "erin")
	})
	for _, d := range []*device{dave, erin} {
		alice.hearsOf(d.conversation("alice"))
		bob.hearsOf(d.conversation("bob"))
	}
	for _, d := range []*device{alice, bob} {
		d.sync()
		if list := d.links("club"); len(list) != 1 || list[0].Used != 1 {
			t.Errorf("%s counts %+v", d.name, list)
		}
	}
	carol.fresh("#club")
	if n := len(carol.roles("club")); n != 4 {
		t.Errorf("%d are in the group", n)
	}
}

// TestInviteNewAdmin: who becomes an admin learns of the links that hold, and whom
// they let in before; a restored admin's device knows all that, too.
func TestInviteNewAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, _ := w.club()
	dave, erin, frank := w.register("dave"), w.register("erin"), w.register("frank")
	code, _, err := erin.AddCode(w.ctx)
	w.must(err)
	gone, held := alice.invite("club", 1), alice.invite("club", 2)
	w.must(alice.RevokeInvite(w.ctx, gone.ID))
	dave.asks(held, alice)
	w.must(alice.GroupAdd(w.ctx, "club", []string{"erin"}))
	erin.meets("#club")
	if list := erin.links("club"); len(list) != 0 {
		t.Errorf("a member lists %+v", list)
	}
	w.must(alice.GroupRole(w.ctx, "club", "erin", convo.Admin))
	laptop, _, err := w.restoreCode("erin", code)
	w.must(err)
	erin.fresh("#club")
	bob.fresh("#club")
	for _, d := range []*device{erin, laptop, bob} {
		if list := d.links("club"); len(list) != 1 || list[0].ID != held.ID || list[0].Used != 1 || list[0].By != "alice" {
			t.Errorf("%s lists %+v", d.name, list)
		}
	}
	// The link, shown again, names erin.
	again := alice.links("club")
	if len(again) != 1 || again[0].Link == held.Link {
		t.Fatalf("alice lists %+v", again)
	}
	w.must(laptop.GroupRemove(w.ctx, "club", []string{"dave"}))
	alice.Close()
	for _, d := range []*device{dave, frank} {
		_, err := d.Join(w.ctx, again[0].Link)
		w.must(err)
	}
	for _, d := range []*device{dave, frank} {
		laptop.hearsOf(d.conversation("erin"))
	}
	if laptop.within("club", "dave") || !laptop.within("club", "frank") {
		t.Errorf("in the group are %v", laptop.roles("club"))
	}
	w.pass(2 * time.Hour)
	if list := laptop.links("club"); len(list) != 0 {
		t.Errorf("listed after it was over: %+v", list)
	}
}
