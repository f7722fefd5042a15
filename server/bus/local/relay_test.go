package local

import (
	"fmt"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/bus"
)

// TestRelay: each message is handed out once to each who keeps the cursor, of many
// the newest, and none after its time.
func TestRelay(t *testing.T) {
	var r relay
	alice, bob := account.ID{1}, account.ID{2}
	const now = 1_700_000_000_000_000_000
	r.put(alice, []byte("a"), now)
	r.put(alice, []byte("b"), now) // in the same moment
	r.put(bob, []byte("c"), now-1) // the clock went back
	got, cursor := r.after(alice, 1, now)
	if fmt.Sprintf("%s", got) != "[a b]" {
		t.Errorf("alice gets %s", got)
	}
	if got, next := r.after(alice, cursor, now); len(got) != 0 || next != cursor {
		t.Errorf("alice gets %s again, cursor %d and then %d", got, cursor, next)
	}
	r.put(bob, []byte("d"), now)
	if got, next := r.after(alice, cursor, now); len(got) != 0 || next != cursor {
		t.Errorf("alice gets %s, and the cursor %d, not %d, says that bob got something", got, next, cursor)
	}
	if got, _ := r.after(bob, 1, now); fmt.Sprintf("%s", got) != "[c d]" {
		t.Errorf("bob gets %s", got)
	}
	for range 100 {
		r.put(alice, []byte("x"), now)
	}
	if got, _ := r.after(alice, 1, now); len(got) != bus.MaxRelayed {
		t.Errorf("alice gets %d at once", len(got))
	}
	late := uint64(now + bus.RelayFor + 1000)
	if got, _ := r.after(alice, 1, late); len(got) != 0 || len(r.queue) != 0 || len(r.of) != 0 {
		t.Errorf("%d are left after their time; %d, %d", len(got), len(r.queue), len(r.of))
	}
	for i := range 2 * maxWaiting {
		r.put(account.ID{byte(i), byte(i >> 8)}, []byte("flood"), now)
	}
	if len(r.queue) > maxWaiting {
		t.Errorf("%d wait", len(r.queue))
	}
}

// TestRelayWakes: who waits is woken, and what waits is the bus's own copy.
func TestRelayWakes(t *testing.T) {
	b := New()
	woken, end := b.Subscribe(account.ID{1})
	defer end()
	m := []byte("typing")
	b.Relay(account.ID{1}, m)
	m[0] = 'x'
	<-woken
	if got, _ := b.Relayed(account.ID{1}, 1); len(got) != 1 || string(got[0]) != "typing" {
		t.Errorf("relayed %q", got)
	}
}
