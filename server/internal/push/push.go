// Package push wakes devices through the push services of their makers while
// nothing of them runs (RFC 8030, RFC 8292, spec/push.md). A wake-up has no
// content: what it is about a device learns here, as always. Start with New and
// Run; Service is what devices call.
package push

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// Options say how devices are woken. The zero value is ready for use.
type Options struct {
	// Off wakes nobody, and tells devices so.
	Off bool
	// Allow names push services, as host or host:port, that may be on other ports
	// and addresses than those of the open internet.
	Allow []string
	// Roots are the authorities that push services' certificates are checked
	// against; nil: the system's.
	Roots *x509.CertPool
	// Contact is where the operators of push services find this server's: an https
	// or mailto address.
	Contact string
	Timing  Timing
}

const (
	// maxQueued bounds the accounts with news that were not looked at yet.
	maxQueued = 1 << 17
	// atOnce is how many push services are spoken to at the same time.
	atOnce = 64
	// atOncePerAccount bounds those of one account: its push services may be slow,
	// even on purpose, and must not hold up everybody's.
	atOncePerAccount = 2
)

// Pusher wakes devices. News comes in after it was committed and never holds
// anybody up: what is in the Pusher is in memory, and lost with it.
type Pusher struct {
	store   store.Store
	log     *slog.Logger
	options Options
	key     *key
	client  *http.Client

	told chan struct{}

	mu    sync.Mutex
	queue map[account.ID]Urgency
	// none are accounts of which no device is woken, which is most: their news
	// costs nothing. subscribed counts what Subscribed was told of.
	none       map[account.ID]bool
	subscribed uint64

	plan *plan
	busy int // wake-ups under way
}

// New returns a pusher. The key is made at the first use of a store.
func New(ctx context.Context, s store.Store, log *slog.Logger, o Options) (*Pusher, error) {
	k, err := loadKey(ctx, s)
	if err != nil {
		return nil, err
	}
	o.Timing = o.Timing.complete()
	allowed := make([]string, len(o.Allow))
	for i, host := range o.Allow {
		allowed[i] = door(host)
	}
	o.Allow = allowed
	return &Pusher{
		store: s, log: log, options: o, key: k, client: newClient(o), told: make(chan struct{}, 1),
		queue: map[account.ID]Urgency{}, none: map[account.ID]bool{}, plan: newPlan(o.Timing),
	}, nil
}

// News says that an account has news. It does not wait for anything.
func (p *Pusher) News(id account.ID, u Urgency) {
	if p.options.Off || u == None {
		return
	}
	if p.note(id, u) {
		p.look()
	}
}

func (p *Pusher) note(id account.ID, u Urgency) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, queued := p.queue[id]
	if p.none[id] || !queued && len(p.queue) >= maxQueued {
		return false
	}
	p.queue[id] = max(before, u)
	return true
}

// Subscribed says that one of an account's devices is to be woken from now on.
func (p *Pusher) Subscribed(id account.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.none, id)
	p.subscribed++
}

// Waits notes that a device waits for what comes after a change of its account,
// and so has seen all before; left ends it. Such a device is not woken.
func (p *Pusher) Waits(d store.Device, seen uint64) (left func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.waits(d, seen)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.plan.left(d)
	}
}

// look has Run look what there is to do.
func (p *Pusher) look() {
	select {
	case p.told <- struct{}{}:
	default:
	}
}

// Run wakes devices until ctx ends, and returns when nothing is under way any
// more.
func (p *Pusher) Run(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	for {
		p.read(ctx)
		p.mu.Lock()
		now := time.Now()
		list, next := p.plan.due(now, atOnce-p.busy)
		p.busy += len(list)
		p.mu.Unlock()
		for _, o := range list {
			work.Go(func() { p.wake(ctx, o) })
		}
		var timer <-chan time.Time
		if !next.IsZero() {
			timer = time.After(max(next.Sub(now), 10*time.Millisecond))
		}
		select {
		case <-ctx.Done():
			return
		case <-p.told:
		case <-timer:
		}
	}
}

// read finds the devices of accounts with news.
func (p *Pusher) read(ctx context.Context) {
	p.mu.Lock()
	queue, subscribed := p.queue, p.subscribed
	p.queue = map[account.ID]Urgency{}
	p.mu.Unlock()
	for id, u := range queue {
		var list []store.PushSubscription
		var change uint64
		err := p.store.ViewAccount(ctx, id, func(v store.AccountView) (err error) {
			if list, err = v.PushSubscriptions(); err != nil || len(list) == 0 {
				return err
			}
			a, err := v.Account()
			change = a.Change
			return err
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			if !errors.Is(err, store.ErrNotFound) {
				p.log.Error("push subscriptions not read", slog.Any("cause", err))
			}
			continue
		}
		p.mu.Lock()
		if len(list) == 0 && p.subscribed == subscribed { // and nobody came in between
			if len(p.none) >= maxQueued {
				clear(p.none)
			}
			p.none[id] = true
		}
		for _, s := range list {
			p.plan.news(store.Device{Account: id, Device: s.Device}, s.Endpoint, u, change, time.Now())
		}
		p.mu.Unlock()
	}
}

// wake carries out one order.
func (p *Pusher) wake(ctx context.Context, o order) {
	result, after := p.send(ctx, o)
	if result == gone {
		err := p.store.UpdateAccount(ctx, o.device.Account, func(tx store.AccountTx) error {
			return tx.DropPushSubscription(o.device.Device, o.endpoint)
		})
		if err != nil && ctx.Err() == nil {
			p.log.Error("push subscription not removed", slog.Any("cause", err))
		}
	}
	p.mu.Lock()
	p.busy--
	p.plan.sent(o, result, after, time.Now())
	p.mu.Unlock()
	p.look()
}
