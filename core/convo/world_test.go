package convo

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

const (
	testHost  = "chat.example"
	testSuite = mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519
)

// world is a handful of invented accounts with real chains.
type world struct {
	t       testing.TB
	rand    io.Reader
	now     time.Time
	people  map[string]*person
	devices map[string]*device
}

type person struct {
	name string
	*account.Update
	author *account.KeyholderSecret // who signs the chain's next entry
}

func (p *person) id() account.ID { return p.Chain.ID() }

type device struct {
	of     *person
	secret *account.KeyholderSecret
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t testing.TB) *world {
	return &world{
		t: t, rand: rand.NewChaCha8([32]byte{7}), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		people: map[string]*person{}, devices: map[string]*device{},
	}
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) keyholder() *account.KeyholderSecret {
	w.t.Helper()
	return must[*account.KeyholderSecret](w.t)(account.GenerateKeyholder(w.rand))
}

// register makes an account and its first device, NAME/1.
func (w *world) register(name string) *person { return w.registerAt(name, testHost) }

func (w *world) registerAt(name, host string) *person {
	w.t.Helper()
	s := w.keyholder()
	u, err := account.NewGenesis(w.rand, w.now, account.Handle(name), account.Host(host), s, "one")
	w.check(err)
	p := &person{name: name, Update: u, author: s}
	w.people[name], w.devices[name+"/1"] = p, &device{p, s}
	return p
}

func (w *world) by(p *person) account.Author {
	w.now = w.now.Add(time.Hour)
	return account.Author{Secret: p.author, Time: w.now}
}

// addDevice adds a device to an account.
func (w *world) addDevice(name, number string) *device {
	w.t.Helper()
	p, s := w.people[name], w.keyholder()
	u, err := p.Chain.Add(w.rand, w.by(p), p.Roots, s.Join(p.id(), number, account.RealmSet{}))
	w.check(err)
	p.Update = u
	d := &device{p, s}
	w.devices[name+"/"+number] = d
	return d
}

// removeDevice removes a device by another of the account.
func (w *world) removeDevice(gone, by string) {
	w.t.Helper()
	d := w.devices[gone]
	d.of.author = w.devices[by].secret
	u, err := d.of.Chain.Remove(w.rand, w.by(d.of), d.of.Roots, []account.Removal{
		{Keyholder: d.secret.ID(), Reason: account.ReasonLost, LogHead: d.of.Chain.LogHead()},
	})
	w.check(err)
	d.of.Update = u
}

// chains is what everyone may look up.
func (w *world) chains(id account.ID, at account.Head) (*account.Chain, error) {
	for _, p := range w.people {
		if p.id() == id {
			return p.Chain, nil
		}
	}
	return nil, account.ErrFork
}

func (w *world) table(list Participants) account.HeadTable {
	w.t.Helper()
	var entries []account.HeadEntry
	for _, q := range list {
		for _, p := range w.people {
			if p.id() == q.Account {
				entries = append(entries, p.Chain.HeadEntry())
			}
		}
	}
	return must[account.HeadTable](w.t)(account.NewHeadTable(entries))
}

// list makes a participant list of "alice:3 bob:1".
func (w *world) list(text string) Participants {
	w.t.Helper()
	var out []Participant
	for _, word := range strings.Fields(text) {
		name, role, _ := strings.Cut(word, ":")
		out = append(out, Participant{w.people[name].id(), Role(role[0] - '0')})
	}
	return must[Participants](w.t)(NewParticipants(out))
}

// leaf makes a leaf of a device with a fresh key, certified by it.
func (w *world) leaf(name string) mls.LeafParams {
	d := w.devices[name]
	return w.leafOf(d.secret, d.of.id())
}

func (w *world) leafOf(s *account.KeyholderSecret, id account.ID) mls.LeafParams {
	w.t.Helper()
	key := must[mls.SignaturePrivateKey](w.t)(testSuite.GenerateSignatureKey(w.rand))
	return mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(s.CertifyLeaf(id, key.Public()).Marshal())}
}

func (w *world) keyPackage(leaf mls.LeafParams) *mls.KeyPackageBundle {
	w.t.Helper()
	return must[*mls.KeyPackageBundle](w.t)(mls.NewKeyPackage(w.rand, mls.KeyPackageParams{Suite: testSuite, Leaf: leaf}))
}

// room is a conversation as its members and a reader without secrets see it.
type room struct {
	*world
	creation []byte
	pos      *Position
	public   *mls.PublicGroup
	members  map[string]*mls.Group
	info     []byte // newest GroupInfo, without tree
	seq      uint64
	left     map[account.ID]bool
	walked   []*made
}

// newRoom begins a conversation; creator names a device.
func (w *world) newRoom(facts *Facts, list Participants, creator string) *room {
	w.t.Helper()
	return w.newRoomOf(facts, list, w.leaf(creator), creator)
}

func (w *world) newRoomOf(facts *Facts, list Participants, leaf mls.LeafParams, creator string) *room {
	w.t.Helper()
	s := State{facts, list}
	g, err := mls.NewGroup(w.rand, mls.GroupParams{
		Suite: testSuite, GroupID: MLSGroupID(facts.ID(), facts.Generation), Leaf: leaf, Extensions: s.Extensions(), KeepHistory: true,
	})
	w.check(err)
	r := &room{world: w, seq: 1, members: map[string]*mls.Group{creator: g}}
	r.creation, err = g.GroupInfo(w.rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: s.CreationExtensions()})
	w.check(err)
	r.info = must[[]byte](w.t)(g.GroupInfo(w.rand, mls.GroupInfoOptions{ExternalPub: true}))
	r.pos, r.public, err = Begin(r.creation)
	w.check(err)
	return r
}

func (w *world) groupFacts(creator string) *Facts {
	return &Facts{Host: testHost, Kind: Group, Creator: w.people[creator].id(), Nonce: [32]byte{1, 2, 3}}
}

// story is a group of alice (owner), bob (admin), carol and dora (members), each
// with one leaf but dora, who has none; alice's second device is no member yet.
func story(t testing.TB) *room {
	t.Helper()
	w := newWorld(t)
	for _, name := range []string{"alice", "bob", "carol", "dora", "eve"} {
		w.register(name)
	}
	w.addDevice("alice", "2")
	r := w.newRoom(w.groupFacts("alice"), w.list("alice:3 bob:2 carol:1 dora:1"), "alice/1")
	r.take(r.make(draft{by: "alice/1", add: []string{"bob/1", "carol/1"}}))
	return r
}

// index finds a device's leaf.
func (r *room) index(name string) mls.LeafIndex {
	r.t.Helper()
	d := r.devices[name]
	for i, l := range r.pos.Record.Leaves {
		if l != nil && l.Account == d.of.id() && l.Device == d.secret.ID() {
			return mls.LeafIndex(i)
		}
	}
	r.t.Fatal(fmt.Errorf("%s has no leaf", name))
	return 0
}
