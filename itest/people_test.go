package itest

import (
	"slices"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// roles returns the group as "handle role" for each participant.
func (d *device) roles(group string) map[string]convo.Role {
	d.w.tb.Helper()
	c, err := d.GroupInfo(d.w.ctx, group)
	d.w.must(err)
	out := map[string]convo.Role{}
	for _, p := range c.Participants {
		out[p.Handle] = p.Role
	}
	return out
}

// TestRoles: who gives which role, on every device alike and after a restore; a
// group keeps an owner.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	w.refused(bob.GroupRole(w.ctx, "club", "bob", convo.Admin), fault.KindUsage)
	w.refused(alice.GroupRole(w.ctx, "club", "alice", convo.Admin), fault.KindUsage)
	w.refused(alice.GroupLeave(w.ctx, "club"), fault.KindUsage)

	w.must(alice.GroupRole(w.ctx, "club", "bob", convo.Admin))
	w.must(alice.GroupRole(w.ctx, "club", "bob", convo.Admin)) // is already
	bob.sync()
	w.refused(bob.GroupRole(w.ctx, "club", "bob", convo.Owner), fault.KindUsage)
	w.refused(bob.GroupRole(w.ctx, "club", "alice", convo.Member), fault.KindUsage)
	w.must(bob.GroupRole(w.ctx, "club", "carol", convo.Admin))
	w.must(bob.GroupRole(w.ctx, "club", "carol", convo.Member))
	_, err = carol.Sync(w.ctx)
	w.must(err)
	w.refused(carol.GroupRole(w.ctx, "club", "bob", convo.Member), fault.KindUsage)

	w.must(alice.GroupRole(w.ctx, "club", "bob", convo.Owner))
	w.must(alice.GroupLeave(w.ctx, "club"))
	bob.sync()
	w.refused(bob.GroupLeave(w.ctx, "club"), fault.KindUsage)
	w.refused(bob.GroupRole(w.ctx, "club", "bob", convo.Member), fault.KindUsage)
	again, _, err := w.restoreCode("bob", code)
	w.must(err)
	carol.sync()
	for _, d := range []*device{bob, carol, again} {
		if r := d.roles("club"); len(r) != 2 || r["bob"] != convo.Owner || r["carol"] != convo.Member {
			t.Errorf("%s: %v", d.name, r)
		}
	}
	var events []string
	h, err := again.History(w.ctx, "#club", client.Page{})
	w.must(err)
	for _, m := range h {
		if m.Event == "role" {
			events = append(events, m.SenderHandle+" "+m.Text)
		}
	}
	if want := []string{"bob admin", "carol admin", "carol member", "bob owner"}; !slices.Equal(events, want) {
		t.Errorf("events %v, want %v", events, want)
	}
	w.must(again.GroupRemove(w.ctx, "club", []string{"carol"}))
	w.must(again.GroupLeave(w.ctx, "club")) // nobody is left behind
}

// TestLastOwnerAtServer: a program of its own cannot leave a group without an
// owner either.
func TestLastOwnerAtServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.register("bob")
	m := w.mallory()
	m.begin(hybrid, bob)
	l := &convo.Leave{Conversation: m.id, Account: m.chain.ID(), Device: m.secret.ID(), Log: m.head}
	l.Sign(m.secret)
	_, err := m.convos.PostLeave(w.ctx, &wire.PostLeaveRequest{Conversation: m.id[:], Leave: l.Append(nil)})
	if err == nil {
		t.Fatal("the last owner has left")
	}
}

// TestContactLink: a link pins the account on all devices, and neither a server
// that lies about a handle nor a second link gets past it.
func TestContactLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	link, err := bob.Contact(w.ctx)
	w.must(err)
	other, err := mallory.Contact(w.ctx)
	w.must(err)

	// The server gives bob's handle to mallory.
	l := w.liar()
	spoil(l, "Resolve", func(_ *pb.ResolveRequest, a *pb.ResolveResponse) {
		a.Account = accountBytes(t, other.Account)
	})
	_, err = alice.AddContact(w.ctx, link.Link)
	w.refused(err, fault.KindIntegrity)
	l.honest()

	c, err := alice.AddContact(w.ctx, link.Link)
	w.must(err)
	if c != link || c.Handle != "bob" {
		t.Errorf("added %+v, want %+v", c, link)
	}
	if s, err := alice.Safety(w.ctx, "bob"); err != nil || !s.Pinned || s.Link != link.Link {
		t.Errorf("%+v, %v", s, err)
	}
	// A link that names another account for the handle, or none that claims it.
	for bad, kind := range map[string]fault.Kind{
		"coffer://coffer.example/bob#" + other.Account:   fault.KindIntegrity,
		"coffer://coffer.example/carol#" + other.Account: fault.KindRefused, // nobody has the handle
	} {
		_, err := alice.AddContact(w.ctx, bad)
		w.refused(err, kind)
	}
	for _, bad := range []string{"bob", "coffer://elsewhere.example/bob#" + link.Account} {
		_, err := alice.AddContact(w.ctx, bad)
		w.refused(err, fault.KindUsage)
	}
	own, err := alice.Contact(w.ctx)
	w.must(err)
	_, err = alice.AddContact(w.ctx, own.Link)
	w.refused(err, fault.KindUsage)

	// From now on the server's word counts for nothing, on a restored device too.
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	spoil(l, "Resolve", func(_ *pb.ResolveRequest, a *pb.ResolveResponse) { a.Account = accountBytes(t, other.Account) })
	for _, d := range []*device{alice, again} {
		d.say("bob", "from "+d.name)
	}
	l.honest()
	bob.sees("alice", "alice: from "+alice.name, "alice: from "+again.name)
}

func accountBytes(t *testing.T, text string) []byte {
	t.Helper()
	id, err := account.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id[:]
}
