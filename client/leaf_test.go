package client

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// TestLeafDue: after a rotation a leaf is worth a commit of its own in groups of at
// most 100, once; in larger ones it waits for the next commit.
func TestLeafDue(t *testing.T) {
	device, err := account.GenerateKeyholder(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	u, err := account.NewGenesis(rand.Reader, time.Now(), "alice", "chat.example", device, "phone")
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{cfg: Config{Store: mem.New(), Now: time.Now}, self: &self{id: u.Chain.ID(), device: device, chain: u.Chain}}
	c := newConversation(convo.ID{1})
	c.group = &mls.Group{}
	in := func(leaves int) (due, stale bool) {
		t.Helper()
		c.pos = &convo.Position{ID: c.id, Record: &convo.Record{Leaves: make([]*convo.Leaf, leaves+7)}}
		for i := range leaves {
			c.pos.Record.Leaves[i] = &convo.Leaf{} // the others are blank
		}
		due, err := e.leafDue(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		stale, err = e.leafStale(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return due, stale
	}
	if due, stale := in(2); due || stale {
		t.Error("due before any rotation")
	}
	u, _, err = u.Chain.Rotate(rand.Reader, account.Author{Secret: device, Time: time.Now()}, u.Roots)
	if err != nil {
		t.Fatal(err)
	}
	e.self.chain = u.Chain
	for leaves, want := range map[int]bool{2: true, 100: true, 101: false, 1000: false} {
		if due, stale := in(leaves); due != want || !stale {
			t.Errorf("%d leaves: due %v, stale %v", leaves, due, stale)
		}
	}
	// The commit that brings the new leaf names the chain with the rotation.
	own := &convo.Leaf{Account: e.self.id, Device: device.ID(), SignatureKey: []byte{1}}
	table, err := account.NewHeadTable([]account.HeadEntry{u.Chain.HeadEntry()})
	if err != nil {
		t.Fatal(err)
	}
	before := &convo.Position{ID: c.id, Epoch: 3, Record: &convo.Record{Leaves: []*convo.Leaf{own}}}
	note := func(key byte) {
		t.Helper()
		leaf := *own
		leaf.SignatureKey = []byte{key}
		var b store.Batch
		e.noteLeaf(&b, before, &convo.Position{ID: c.id, Epoch: 4, Table: table, Record: &convo.Record{Leaves: []*convo.Leaf{&leaf}}})
		if b.Len() > 0 {
			if err := e.cfg.Store.Apply(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	note(1) // the same leaf key: renewed by nobody
	if _, stale := in(2); !stale {
		t.Error("a commit without a new leaf key counts")
	}
	note(2)
	if due, stale := in(2); due || stale {
		t.Error("due again after the new leaf")
	}
}

// TestRotationDue: by age, and where the clock was wrong when the key was made.
func TestRotationDue(t *testing.T) {
	device, err := account.GenerateKeyholder(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := time.Unix(1_770_000_000, 0)
	u, err := account.NewGenesis(rand.Reader, made, "alice", "chat.example", device, "phone")
	if err != nil {
		t.Fatal(err)
	}
	day := 24 * time.Hour
	for age, want := range map[time.Duration]bool{0: false, 29 * day: false, 30 * day: true, 4000 * day: true, -time.Hour: false, -2 * day: true} {
		e := &Engine{cfg: Config{Now: func() time.Time { return made.Add(age) }}, self: &self{id: u.Chain.ID(), device: device, chain: u.Chain}}
		if got := e.rotationDue(); got != want {
			t.Errorf("a key %v old: due %v", age, got)
		}
	}
}
