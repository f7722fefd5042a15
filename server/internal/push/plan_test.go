package push

import (
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// story drives a plan along a clock of its own.
type story struct {
	*testing.T
	*plan
	now time.Time
}

var phone = store.Device{Account: account.ID{1}, Device: account.KeyholderID{2}}

const (
	here  = "https://push.example/here"
	there = "https://push.example/there"
)

func tell(t *testing.T) *story {
	return &story{T: t, plan: newPlan(Timing{}.complete()), now: time.Unix(1_000_000, 0)}
}

func (s *story) hears(change uint64, u Urgency) { s.news(phone, here, u, change, s.now) }

// after lets time pass and expects wake-ups, by urgency.
func (s *story) after(d time.Duration, want ...Urgency) []order {
	s.Helper()
	s.now = s.now.Add(d)
	list, _ := s.due(s.now, 100)
	if len(list) != len(want) {
		s.Fatalf("%d wake-ups, want %d", len(list), len(want))
	}
	for i, o := range list {
		if o.urgency != want[i] {
			s.Errorf("urgency %v, want %v", o.urgency, want[i])
		}
	}
	return list
}

func (s *story) answers(list []order, o outcome) {
	for _, x := range list {
		s.sent(x, o, 0, s.now)
	}
}

// TestGathered: what comes at once is one wake-up, as urgent as the most urgent.
func TestGathered(t *testing.T) {
	s := tell(t)
	s.hears(1, Low)
	s.hears(2, High)
	s.hears(3, Low)
	s.after(499 * time.Millisecond)
	s.answers(s.after(time.Millisecond, High), accepted)
	s.after(time.Hour)
	if len(s.devices) != 0 {
		t.Error("it is kept in mind for ever")
	}
}

// TestOncePerWhile: a device that does not come is woken every 15 seconds at
// most, and one that has come at once.
func TestOncePerWhile(t *testing.T) {
	s := tell(t)
	s.hears(1, High)
	s.answers(s.after(time.Second, High), accepted)
	for change := range uint64(10) {
		s.hears(2+change, High)
		s.after(time.Second)
	}
	s.answers(s.after(5*time.Second, High), accepted)
	s.hears(20, High)
	s.waits(phone, 20)
	s.left(phone)
	s.after(time.Hour)
	s.hears(21, High)
	s.answers(s.after(time.Second, High), accepted)
	s.waits(phone, 21)
	s.left(phone)
	s.hears(22, High)
	s.after(500*time.Millisecond, High)
}

// TestNewsWhileWaking: what comes while a wake-up is under way is another one.
func TestNewsWhileWaking(t *testing.T) {
	s := tell(t)
	s.hears(1, High)
	under := s.after(time.Second, High)
	s.hears(2, Low)
	s.after(time.Second)
	s.answers(under, accepted)
	s.after(14 * time.Second)
	s.after(time.Second, Low)
}

// TestWaiting: a device that waits gets its time to come; only one that does not
// is woken.
func TestWaiting(t *testing.T) {
	s := tell(t)
	s.waits(phone, 3)
	s.hears(3, High) // known to it already
	s.after(time.Hour)
	s.hears(4, High)
	s.after(4 * time.Second)
	s.left(phone)
	s.waits(phone, 4)
	s.after(time.Hour)
	s.hears(5, High) // the line is dead
	s.after(4 * time.Second)
	s.after(time.Second, High)
	s.left(phone)
	if len(s.waiting) != 0 {
		t.Error("it waits for ever")
	}
}

// TestSeenWhileWaking: a wake-up that fails is not tried again for a device that
// has come meanwhile.
func TestSeenWhileWaking(t *testing.T) {
	s := tell(t)
	s.hears(1, High)
	under := s.after(time.Second, High)
	s.waits(phone, 1)
	s.left(phone)
	s.answers(under, later)
	s.after(time.Hour)
}

// TestBackOff: a push service that is down is asked less and less often, and
// then no more.
func TestBackOff(t *testing.T) {
	s := tell(t)
	s.hears(1, High)
	s.answers(s.after(time.Second, High), later)
	for i := range maxTries - 1 {
		wait := 30 * time.Second << i
		s.hears(2, Low) // news does not hurry it
		s.after(wait - time.Second)
		s.answers(s.after(time.Second, High), later)
	}
	s.after(24 * time.Hour)
	s.hears(3, High)
	list := s.after(time.Second, High)
	s.sent(list[0], later, 10*time.Minute, s.now) // it says when
	s.after(9 * time.Minute)
	list = s.after(time.Minute, High)
	s.sent(list[0], later, 1000*time.Hour, s.now)
	s.after(time.Hour, High)
}

// TestGoneSubscription: what is said of an old subscription does not touch the
// new one.
func TestGoneSubscription(t *testing.T) {
	s := tell(t)
	s.hears(1, High)
	old := s.after(time.Second, High)
	s.news(phone, there, High, 2, s.now)
	s.answers(old, gone)
	list := s.after(time.Second, High)
	if list[0].endpoint != there {
		t.Errorf("woken at %s", list[0].endpoint)
	}
	s.answers(list, gone)
	s.after(time.Hour)
}

// TestLimit: no more than asked for are sent at once; the others come next.
func TestLimit(t *testing.T) {
	s := tell(t)
	for i := range byte(5) {
		s.news(store.Device{Account: account.ID{i}}, here, High, 1, s.now)
	}
	s.now = s.now.Add(time.Second)
	total := 0
	for _, want := range []int{2, 2, 1, 0} {
		list, _ := s.due(s.now, 2)
		if len(list) != want {
			t.Errorf("%d at once, want %d", len(list), want)
		}
		total += len(list)
	}
	if total != 5 {
		t.Errorf("%d in all", total)
	}
}

// TestFair: an account whose push services do not answer holds up nobody else, and
// who has waited longest is first.
func TestFair(t *testing.T) {
	s := tell(t)
	slow, other := account.ID{1}, account.ID{2}
	for i := range byte(20) {
		s.news(store.Device{Account: slow, Device: account.KeyholderID{i}}, here, High, 1, s.now)
	}
	s.now = s.now.Add(time.Second)
	s.news(store.Device{Account: other}, there, High, 1, s.now)
	s.now = s.now.Add(time.Second)
	list, _ := s.due(s.now, atOnce)
	if len(list) != atOncePerAccount+1 || list[0].device.Account != slow || list[len(list)-1].device.Account != other {
		t.Fatalf("sent at once: %+v", list)
	}
	if more, _ := s.due(s.now, atOnce); len(more) != 0 {
		t.Errorf("%d more while these are under way", len(more))
	}
	total := len(list)
	for len(list) > 0 {
		s.answers(list, later)
		list, _ = s.due(s.now, atOnce)
		total += len(list)
	}
	if total != 21 || len(s.sending) != 0 {
		t.Errorf("%d in all; %d accounts are still counted", total, len(s.sending))
	}
}
