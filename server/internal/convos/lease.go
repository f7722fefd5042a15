package convos

import (
	"context"
	"slices"
	"sync"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	// leaseLife is how long a committer may take (DESIGN 5.2).
	leaseLife = 10 * time.Second
	// askAgain is how often whoever waits asks; who has not asked for askLife has
	// gone.
	askAgain = 250 * time.Millisecond
	askLife  = 3 * time.Second
	// maxQueue bounds who may wait for one lease, maxQueues how many leases.
	maxQueue  = 256
	maxQueues = 1 << 12
)

// leases says, for each conversation, who should commit next. It is a hint: it
// lives in this node's memory, and what it says is never needed for a commit to
// be right.
type leases struct {
	mu     sync.Mutex
	now    func() time.Time
	queues map[convo.ID]*leaseQueue
}

// leaseQueue is who holds a conversation's lease and who waits, first come first.
type leaseQueue struct {
	holder store.Device
	until  time.Time // of the lease; the zero time: nobody holds it
	waits  []leaseWait
}

type leaseWait struct {
	device store.Device
	asked  time.Time
}

func newLeases(now func() time.Time) *leases {
	return &leases{now: now, queues: map[convo.ID]*leaseQueue{}}
}

// take gives the lease to a device, or a place in the queue; it returns for how
// long the lease is the device's, or after how long to ask again.
func (l *leases) take(id convo.ID, d store.Device) (granted bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	q := l.queues[id]
	if q == nil {
		if len(l.queues) >= maxQueues && !l.sweep(now) {
			return true, leaseLife // too many to be fair to all
		}
		q = &leaseQueue{}
		l.queues[id] = q
	}
	q.expire(now)
	if !q.until.IsZero() {
		if q.holder == d {
			return true, q.until.Sub(now)
		}
		return false, q.wait(d, now)
	}
	if len(q.waits) > 0 && q.waits[0].device != d {
		return false, q.wait(d, now)
	}
	if len(q.waits) > 0 {
		q.waits = q.waits[1:]
	}
	q.holder, q.until = d, now.Add(leaseLife)
	return true, leaseLife
}

// giveBack ends a device's lease, or its waiting.
func (l *leases) giveBack(id convo.ID, d store.Device) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[id]
	if q == nil {
		return
	}
	if q.holder == d {
		q.until = time.Time{}
	}
	q.waits = slices.DeleteFunc(q.waits, func(w leaseWait) bool { return w.device == d })
	if q.until.IsZero() && len(q.waits) == 0 {
		delete(l.queues, id)
	}
}

// sweep drops the queues in which nobody is any more; it reports whether there
// is room now.
func (l *leases) sweep(now time.Time) bool {
	for id, q := range l.queues {
		if q.expire(now); q.until.IsZero() && len(q.waits) == 0 {
			delete(l.queues, id)
		}
	}
	return len(l.queues) < maxQueues
}

// expire drops a lease that has run out and those who ask no more.
func (q *leaseQueue) expire(now time.Time) {
	if !q.until.IsZero() && !now.Before(q.until) {
		q.until = time.Time{}
	}
	q.waits = slices.DeleteFunc(q.waits, func(w leaseWait) bool { return now.Sub(w.asked) > askLife })
}

// wait keeps or gives a place in the queue.
func (q *leaseQueue) wait(d store.Device, now time.Time) time.Duration {
	i := slices.IndexFunc(q.waits, func(w leaseWait) bool { return w.device == d })
	switch {
	case i >= 0:
		q.waits[i].asked = now
	case len(q.waits) < maxQueue:
		q.waits = append(q.waits, leaseWait{d, now})
	}
	return askAgain
}

// TakeLease implements the service.
func (s *Service) TakeLease(ctx context.Context, req *connect.Request[cofferv1.TakeLeaseRequest]) (*connect.Response[cofferv1.TakeLeaseResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		_, err := participant(v, caller.Account)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := &cofferv1.TakeLeaseResponse{}
	d := store.Device{Account: caller.Account, Device: caller.Keyholder}
	if req.Msg.GetGiveBack() {
		s.leases.giveBack(id, d)
		return connect.NewResponse(m), nil
	}
	granted, wait := s.leases.take(id, d)
	if m.Granted = granted; granted {
		m.LeaseMs = uint32(wait.Milliseconds())
	} else {
		m.RetryMs = uint32(wait.Milliseconds())
	}
	return connect.NewResponse(m), nil
}
