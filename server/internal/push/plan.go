package push

import (
	"slices"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// Urgency says how much a device should hurry (RFC 8030 section 5.3).
type Urgency uint8

// The urgencies, rising.
const (
	None Urgency = iota // nothing to wake anybody for
	Low                 // what was said has changed: an edit, an unsend
	High                // somebody has written, or added the account to a group
)

func (u Urgency) String() string {
	if u == High {
		return "high"
	}
	return "low"
}

// Timing says when devices are woken.
type Timing struct {
	// Gather is for how long news is gathered; default 500 ms.
	Gather time.Duration
	// Patience is how long a device that waits for news right now has to come for
	// them; default 5 s.
	Patience time.Duration
	// Every is how often at most a device is woken that was not seen since; default
	// 15 s.
	Every time.Duration
	// Retry is after what time a push service is asked again, doubled each time;
	// default 30 s.
	Retry time.Duration
}

func (t Timing) complete() Timing {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{{&t.Gather, 500 * time.Millisecond}, {&t.Patience, 5 * time.Second}, {&t.Every, 15 * time.Second}, {&t.Retry, 30 * time.Second}} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return t
}

const (
	// maxPlanned bounds the devices that are kept in mind; news for more is left
	// to their next look.
	maxPlanned = 1 << 17
	// maxTries is how often a push service is asked at most for one wake-up.
	maxTries = 8
	// maxRetry bounds the time between two tries.
	maxRetry = time.Hour
)

// plan says which devices are to be woken, and when. It has no clock of its own
// and is not safe for use by several at once.
type plan struct {
	timing  Timing
	devices map[store.Device]*planned
	// waiting are the devices that wait for news right now.
	waiting map[store.Device]waiting
	// sending counts the wake-ups under way by account.
	sending map[account.ID]int
}

// waiting says by how many calls a device waits, and what it has seen all up to.
type waiting struct {
	calls int
	seen  uint64
}

// planned is one device's state.
type planned struct {
	endpoint string
	urgency  Urgency
	change   uint64 // what the device is to learn of
	pending  bool
	sending  bool
	seen     bool // it came for the news while the wake-up was under way
	due      time.Time
	last     time.Time // of the last wake-up that it was not seen after
	tries    int
}

func newPlan(t Timing) *plan {
	return &plan{timing: t, devices: map[store.Device]*planned{}, waiting: map[store.Device]waiting{}, sending: map[account.ID]int{}}
}

// news plans to wake a device because its account is at a change.
func (p *plan) news(d store.Device, endpoint string, u Urgency, change uint64, now time.Time) {
	w := p.waiting[d]
	if w.calls > 0 && w.seen >= change {
		return // it was quicker
	}
	s := p.devices[d]
	if s == nil {
		if len(p.devices) >= maxPlanned {
			return
		}
		s = &planned{}
		p.devices[d] = s
	}
	if s.endpoint != endpoint {
		s.endpoint, s.tries = endpoint, 0
	}
	s.change, s.seen = max(s.change, change), false
	due := now.Add(p.timing.Gather)
	if w.calls > 0 {
		due = now.Add(p.timing.Patience)
	}
	if soonest := s.last.Add(p.timing.Every); !s.last.IsZero() && soonest.After(due) {
		due = soonest
	}
	switch {
	case !s.pending:
		s.pending, s.urgency, s.due = true, u, due
	case s.tries > 0: // the push service is not to be asked sooner
		s.urgency = max(s.urgency, u)
	default:
		s.urgency = max(s.urgency, u)
		if due.Before(s.due) {
			s.due = due
		}
	}
}

// waits notes that a device waits for what comes after a change, and so has
// seen all up to it.
func (p *plan) waits(d store.Device, seen uint64) {
	w := p.waiting[d]
	p.waiting[d] = waiting{calls: w.calls + 1, seen: max(w.seen, seen)}
	s := p.devices[d]
	if s == nil || seen < s.change {
		return
	}
	if s.sending {
		s.pending, s.seen = false, true
		return
	}
	delete(p.devices, d)
}

// left notes that a device no longer waits.
func (p *plan) left(d store.Device) {
	w := p.waiting[d]
	if w.calls--; w.calls > 0 {
		p.waiting[d] = w
		return
	}
	delete(p.waiting, d)
}

// order is a wake-up to send.
type order struct {
	device   store.Device
	endpoint string
	urgency  Urgency
}

// due takes the wake-ups that are to be sent now, what has waited longest first, at
// most limit and few of one account, and says when to look again; zero: when there
// is news or one is over.
func (p *plan) due(now time.Time, limit int) (list []order, next time.Time) {
	var ready []order
	for d, s := range p.devices {
		switch {
		case s.sending:
		case !s.pending:
			if !now.Before(s.last.Add(p.timing.Every)) {
				delete(p.devices, d) // as if it had never been woken
			}
		case now.Before(s.due):
			if next.IsZero() || s.due.Before(next) {
				next = s.due
			}
		case limit > 0:
			ready = append(ready, order{d, s.endpoint, s.urgency})
		}
	}
	slices.SortFunc(ready, func(a, b order) int { return p.devices[a.device].due.Compare(p.devices[b.device].due) })
	for _, o := range ready {
		if len(list) >= limit {
			break
		}
		if p.sending[o.device.Account] >= atOncePerAccount {
			continue
		}
		p.sending[o.device.Account]++
		s := p.devices[o.device]
		s.pending, s.sending = false, true
		list = append(list, o)
	}
	return list, next
}

// outcome is what became of a wake-up.
type outcome uint8

const (
	accepted outcome = iota
	refused          // for good, but the subscription may be fine
	gone             // the subscription is over
	later            // to be tried again
)

// sent notes what became of a wake-up; after is how long the push service asked
// to be left alone.
func (p *plan) sent(o order, result outcome, after time.Duration, now time.Time) {
	if p.sending[o.device.Account]--; p.sending[o.device.Account] <= 0 {
		delete(p.sending, o.device.Account)
	}
	s := p.devices[o.device]
	if s == nil {
		return
	}
	s.sending = false
	if s.seen {
		delete(p.devices, o.device)
		return
	}
	if s.endpoint != o.endpoint {
		return // there is a new one, to which this says nothing
	}
	switch result {
	case gone:
		delete(p.devices, o.device)
	case accepted, refused:
		s.last, s.tries = now, 0
		if soonest := now.Add(p.timing.Every); s.pending && soonest.After(s.due) {
			s.due = soonest
		}
	case later:
		if s.tries++; s.tries >= maxTries {
			delete(p.devices, o.device)
			return
		}
		wait := min(p.timing.Retry<<(s.tries-1), maxRetry)
		s.pending, s.urgency = true, max(s.urgency, o.urgency)
		s.due = now.Add(max(wait, min(after, maxRetry)))
	}
}
