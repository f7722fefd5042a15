package client

import (
	"bytes"
	"context"
	"testing"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// TestWalkMeetsCheckpoint: a walk that left signatures to a checkpoint stands only
// if it comes to the very record that the checkpoint names, where that ends.
func TestWalkMeetsCheckpoint(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	here := &convo.Record{Epoch: 3, GroupContext: []byte("context"), ExternalPub: []byte("pub")}
	other := *here
	other.GroupContext = []byte("another transcript")
	within, beyond := &wire.EpochBundle{Seq: 50}, &wire.EpochBundle{Seq: 51}
	for _, x := range []struct {
		name   string
		record *convo.Record
		next   *wire.EpochBundle
		ok     bool
	}{
		{"below it", &other, within, true},
		{"at the first commit above it", here, beyond, true},
		{"at the end", here, nil, true},
		{"another record, at the first commit above it", &other, beyond, false},
		{"another record, at the end", &other, nil, false},
	} {
		c := newConversation(convo.ID{1})
		c.trust = new(trust)
		c.pos = &convo.Position{Record: x.record}
		l := &longWalk{e: e, b: new(store.Batch), c: c, known: &heldCheckpoint{device: account.KeyholderID{9}, Checkpoint: payload.Checkpoint{
			Head: convo.LogHead{Seq: 50}, Record: here.Hash(),
		}}}
		err := l.meet(context.Background(), x.next)
		if (err == nil) != x.ok || err != nil && fault.KindOf(err) != fault.KindIntegrity {
			t.Errorf("%s: %v", x.name, err)
		}
		relied := len(c.trust.devices) == 1 && c.trust.devices[0] == account.KeyholderID{9}
		if met := x.ok && x.next != within; met != relied || met != (l.known == nil) {
			t.Errorf("%s: relied on %v, to be met %v", x.name, c.trust.devices, l.known)
		}
	}
}

// TestCoverFranks: of what is no news, franks are verified of a sample; of a
// screen's worth all, and of a checkpoint's sample all.
func TestCoverFranks(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	for _, n := range []int{1, firstScreen, firstScreen + 1, 6400} {
		list := make([]*opened, n)
		for i := range list {
			list[i] = &opened{vouched: true, sampled: i%100 == 0}
		}
		if err := e.coverFranks(list); err != nil {
			t.Fatal(err)
		}
		verified := 0
		for _, o := range list {
			if !o.covered {
				verified++
			} else if o.sampled {
				t.Error("the frank of a sampled message is not verified")
			}
		}
		if n <= firstScreen && verified != n || verified == 0 || n == 6400 && (verified < 90 || verified > 350) {
			t.Errorf("%d franks of %d verified", verified, n)
		}
	}
}

// TestCoveredFrank: a frank that the head covers must still be one, of the epoch's
// cipher suite.
func TestCoveredFrank(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	frank := append(bytes.Repeat([]byte{7}, 32), 0, 1, 2, 8, 8)
	for name, x := range map[string]struct {
		frank []byte
		suite uint16
		ok    bool
	}{
		"any signature": {frank, 1, true},
		"another suite": {frank, 2, false},
		"none":          {nil, 1, false},
		"cut":           {frank[:36], 1, false},
	} {
		o := &opened{entry: &convo.Entry{Frank: x.frank}, header: new(convo.Header), suite: x.suite, covered: true}
		if err := e.verifyOpened(o, ""); (err == nil) != x.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
