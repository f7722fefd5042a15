package convos

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

func dev(n byte) store.Device { return store.Device{Account: account.ID{n}} }

// TestLease hands a lease on in the order of asking, takes it from who is lost,
// and forgets who asks no more.
func TestLease(t *testing.T) {
	now := time.Unix(1000, 0)
	l := newLeases(func() time.Time { return now })
	room, other := convo.ID{1}, convo.ID{2}
	ask := func(id convo.ID, n byte, want bool) {
		t.Helper()
		if got, _ := l.take(id, dev(n)); got != want {
			t.Fatalf("device %d at %v: %v", n, now.Unix(), got)
		}
	}
	ask(room, 1, true)
	ask(room, 1, true) // its own still
	ask(other, 2, true)
	ask(room, 2, false)
	ask(room, 3, false)
	l.giveBack(room, dev(2)) // waits no more
	ask(room, 2, false)      // at the end of the queue now
	l.giveBack(room, dev(1))
	ask(room, 2, false)
	ask(room, 3, true)
	ask(room, 1, false)
	l.giveBack(room, dev(3))
	ask(room, 1, false)
	ask(room, 2, true)

	// The holder is lost: its lease runs out, whoever still asks gets it.
	for range 4 {
		now = now.Add(2 * time.Second)
		ask(room, 1, false)
	}
	ask(room, 3, false)
	now = now.Add(2 * time.Second)
	ask(room, 3, false)
	ask(room, 1, true)
	l.giveBack(room, dev(1))
	now = now.Add(askLife + 1) // device 3 has gone
	ask(room, 4, true)
	l.giveBack(room, dev(4))
	if len(l.queues) != 1 { // other's
		t.Errorf("%d queues are kept", len(l.queues))
	}
}

// TestLeaseBounds keeps no more queues and waiters than it may.
func TestLeaseBounds(t *testing.T) {
	now := time.Unix(1000, 0)
	l := newLeases(func() time.Time { return now })
	for n := range uint32(2 * maxQueues) {
		var id convo.ID
		binary.BigEndian.PutUint32(id[:], n)
		if granted, _ := l.take(id, dev(1)); !granted {
			t.Fatal("a lease that nobody holds is not granted")
		}
	}
	if len(l.queues) > maxQueues {
		t.Errorf("%d queues", len(l.queues))
	}
	now = now.Add(leaseLife)
	l.take(convo.ID{1}, dev(1))
	if len(l.queues) != 1 {
		t.Errorf("%d queues after all leases have run out", len(l.queues))
	}
	for n := range 2 * maxQueue {
		d := dev(2)
		binary.BigEndian.PutUint32(d.Device[:], uint32(n))
		if granted, wait := l.take(convo.ID{1}, d); granted || wait <= 0 {
			t.Fatal("two hold one lease")
		}
	}
	if n := len(l.queues[convo.ID{1}].waits); n > maxQueue {
		t.Errorf("%d wait", n)
	}
}
