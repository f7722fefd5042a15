package itest

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/invite"
	"github.com/coffer-chat/coffer/mls"
)

// stepDown makes mallory a member of the group that it has begun.
func (m *mallory) stepDown() {
	m.w.tb.Helper()
	m.recast(m.pos.State.Participants.With(m.chain.ID(), convo.Member))
}

// recast commits another list of participants, with new leaves.
func (m *mallory) recast(list convo.Participants, add ...*mls.KeyPackage) {
	w := m.w
	w.tb.Helper()
	var heads []account.HeadEntry
	for _, p := range list {
		heads = append(heads, m.people[p.Account].HeadEntry())
	}
	t, err := account.NewHeadTable(heads)
	w.must(err)
	h := convo.CommitHeader{Log: m.head, HeadTable: t.Hash(), Idempotency: [16]byte(random(16))}
	after := convo.State{Facts: m.pos.State.Facts, Participants: list}
	staged, err := m.group.Commit(rand.Reader, mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil), Extensions: after.Extensions(), Add: add})
	w.must(err)
	next := staged.Group()
	pub, err := next.ExternalPub()
	w.must(err)
	before := m.pos.State.Participants
	m.pos.State.Participants = list
	u := m.unit(&damage{m: m, next: next, message: staged.Message, info: staged.GroupInfo, pub: pub}, t, staged.Welcome)
	m.pos.State.Participants = before
	r, err := m.convos.PostCommit(w.ctx, &wire.PostCommitRequest{Conversation: m.id[:], Generation: m.pos.Generation, Commit: u})
	w.must(err)
	m.take(staged, u, r.Head)
}

// saysOf says something of an invite link.
func (m *mallory) saysOf(i content.Invite) {
	m.w.tb.Helper()
	m.w.must(m.post(m.seal(func(x *envelope) {
		x.build = func(h content.Header) (*content.Message, error) { return content.NewInvite(h, i) }
	})))
}

// TestInviteByHostileMember: what a member with a program of its own says of links
// counts for nothing: it makes none, uses none up, and revokes none. Nor does an
// admin change another one's link by telling other terms of it.
func TestInviteByHostileMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carol, dave, erin := w.register("bob"), w.register("carol"), w.register("dave"), w.register("erin")
	bob.sync()
	carol.sync()
	m := w.mallory()
	m.gives = convo.Owner
	m.begin(hybrid, bob, carol)
	room := m.id.String()
	bob.meets(room)
	carol.meets(room)
	i := bob.invite(room, 1)
	m.readUp()
	link, err := invite.ParseLink(i.Link)
	w.must(err)
	later := uint64(w.now().Add(time.Hour).UnixMilli())

	// As an owner still: other terms of bob's link, and terms under an id that is not
	// their key's.
	own, err := invite.NewSecret(rand.Reader)
	w.must(err)
	terms := content.InviteTerms{Key: link.Secret.Public(), Maker: link.Ask[0], ExpiresMS: later, Uses: 1000}
	m.saysOf(content.Invite{ID: link.Secret.ID(), Terms: &terms})
	swapped := terms
	swapped.Key = own.Public()
	m.saysOf(content.Invite{ID: invite.ID{1}, Terms: &swapped})
	carol.fresh(room)
	if list := carol.links(room); len(list) != 1 || list[0].Uses != 1 || list[0].Used != 0 {
		t.Errorf("an owner's other terms count: %+v", list)
	}

	m.stepDown()
	m.saysOf(content.Invite{ID: own.ID(), Terms: &swapped})
	m.saysOf(content.Invite{ID: link.Secret.ID(), Use: m.knows(erin)})
	m.saysOf(content.Invite{ID: link.Secret.ID(), Revoked: true})
	for _, d := range []*device{bob, carol} {
		d.fresh(room)
		if list := d.links(room); len(list) != 1 || list[0].ID != i.ID || list[0].Used != 0 {
			t.Errorf("%s lists %+v", d.name, list)
		}
	}
	forged := invite.Link{Host: link.Host, Ask: link.Ask, Secret: own}
	erin.asks(client.Invite{Link: forged.Text()}, bob)
	if bob.within(room, "erin") {
		t.Error("a member's link has let erin in")
	}
	dave.asks(i, carol)
	if !carol.within(room, "dave") {
		t.Error("dave was not let in")
	}
}
