package itest

import (
	"slices"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// accusations returns whom the notices of a device name for wrong deposits, and puts
// them away.
func (d *device) accusations() (out []client.BadCommit) {
	d.w.tb.Helper()
	list, err := d.Notices(d.w.ctx)
	d.w.must(err)
	for _, n := range list {
		if n.Kind == client.NoticeDeposit {
			out = append(out, *n.Commit)
		}
	}
	if len(list) > 0 {
		d.w.must(d.NoticesShown(d.w.ctx, list[len(list)-1].Number))
	}
	return out
}

// onlyOf damages the deposit of one account.
func onlyOf(id account.ID) func(*damage) { return func(d *damage) { d.deposits, d.only = true, id } }

// TestWrongDepositNamesItsCommitter: who signs deposits that do not open is named to
// everybody who finds one, once, with conversation, epoch and device: to a member
// whose own is wrong at once, to one whose own is right with its first message, to a
// device that only reads.
func TestWrongDepositNamesItsCommitter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carol := w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.sync()
	carol.sync()
	m := w.mallory()
	m.begin(hybrid, bob, carol)
	room := m.id.String()
	bob.meets(room)
	carol.meets(room)
	carol.say(room, "all is well")
	bob.sync()
	for _, d := range []*device{bob, carol} {
		if got := d.accusations(); len(got) != 0 {
			t.Errorf("%s is told of %+v", d.name, got)
		}
	}
	m.readUp()
	reader, _, err := w.restoreCode("bob", code) // has nothing but its vault
	w.must(err)
	want := func(epoch uint64) []client.BadCommit {
		return []client.BadCommit{{
			Conversation: m.id, Name: "#", Epoch: epoch, Account: m.chain.ID(), Handle: "mallory", Device: m.secret.ID(),
		}}
	}
	m.brick(onlyOf(m.people[m.knows(bob)].ID()))
	for _, d := range []*device{bob, reader} {
		d.sync()
		if got := d.accusations(); !slices.Equal(got, want(2)) {
			t.Errorf("%s is told of %+v, want %+v", d.name, got, want(2))
		}
	}
	carol.sync()
	if got := carol.accusations(); len(got) != 0 {
		t.Errorf("before she has looked at bob's, carol is told of %+v", got)
	}
	carol.say(room, "now I look")
	carol.say(room, "and no second time")
	if got := carol.accusations(); !slices.Equal(got, want(2)) {
		t.Errorf("carol is told of %+v, want %+v", got, want(2))
	}
	for _, d := range []*device{bob, reader} {
		d.sync()
		if got := d.accusations(); len(got) != 0 {
			t.Errorf("%s is told again, of %+v", d.name, got)
		}
	}
	bob.say(room, "nor by me")
	if got := bob.accusations(); len(got) != 0 {
		t.Errorf("bob is told again, of %+v", got)
	}
}

// TestServersDepositNamesNoMember: a deposit that the server has swapped, whatever it
// says of the tree, breaks the server's promise, and accuses nobody else; nothing is
// sent meanwhile, and nothing lost.
func TestServersDepositNamesNoMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carol := w.register("bob"), w.register("carol")
	bob.sync()
	carol.sync()
	m := w.mallory()
	m.begin(hybrid, bob, carol)
	room := m.id.String()
	bob.meets(room)
	l := w.liar()
	swap := func(a *pb.ReadDepositsResponse) {
		for _, d := range a.Deposits {
			d.Sealed = flip(d.Sealed)
		}
	}
	for name, lie := range map[string]func(*pb.ReadDepositsRequest, *pb.ReadDepositsResponse){
		"swapped":                      func(_ *pb.ReadDepositsRequest, a *pb.ReadDepositsResponse) { swap(a) },
		"swapped, the leaves withheld": func(_ *pb.ReadDepositsRequest, a *pb.ReadDepositsResponse) { swap(a); a.Leaves = nil },
		"swapped, with leaves to it": func(_ *pb.ReadDepositsRequest, a *pb.ReadDepositsResponse) {
			swap(a)
			a.Leaves = nil
			for _, d := range a.Deposits {
				leaf := convo.DepositLeaf(account.ID(d.Account), d.VaultEpoch, d.Sealed)
				a.Leaves = append(a.Leaves, leaf[:]...)
			}
		},
		"swapped, with one leaf too many": func(_ *pb.ReadDepositsRequest, a *pb.ReadDepositsResponse) {
			swap(a)
			for _, d := range a.Deposits {
				leaf := convo.DepositLeaf(account.ID(d.Account), d.VaultEpoch, d.Sealed)
				a.Leaves = append(a.Leaves, leaf[:]...)
			}
		},
	} {
		spoil(l, "ReadDeposits", lie)
		_, err := bob.Send(w.ctx, room, client.Outgoing{Text: name, Key: "one for all"})
		if l.honest() == 0 {
			t.Fatal("the liar was not asked")
		}
		w.misbehaved(err, fault.PromiseStored)
		if got := bob.accusations(); len(got) != 0 {
			t.Errorf("%s: bob is told of %+v", name, got)
		}
	}
	bob.sync()
	bob.say(room, "goes through")
	if got := bob.accusations(); len(got) != 0 {
		t.Errorf("bob is told of %+v", got)
	}
}
