// Package wake carries news from conversations to the accounts in them: it
// drains the store's outbox, writes the accounts' conversation indexes, and
// wakes who waits. Start with New and Run.
package wake

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/bus"
	"github.com/coffer-chat/coffer/server/internal/push"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	// batch is how many wakes are carried out at a time.
	batch = 256
	// parallel is how many transactions are under way at once, so that they
	// share writes to disk.
	parallel = 64
	// idle is after how long the outbox is looked at without being told.
	idle = 5 * time.Second
	// settle is how long wakes that have been carried out stay in the outbox, so
	// that removing them costs one write to disk for many.
	settle = 20 * time.Millisecond
)

// Drainer drains the outbox. Only one may run on a store.
type Drainer struct {
	Store store.Store
	Bus   bus.Bus
	Log   *slog.Logger
	// News, if set, is told of accounts for which there is something new that is
	// worth waking a device for. It must not block.
	News func(account.ID, push.Urgency)

	told chan struct{}
	// done are wakes that have been carried out and are still in the outbox. After
	// a crash they are carried out again, which does no harm.
	done map[store.Wake]bool
}

// New returns a drainer.
func New(s store.Store, b bus.Bus, log *slog.Logger) *Drainer {
	return &Drainer{Store: s, Bus: b, Log: log, told: make(chan struct{}, 1), done: make(map[store.Wake]bool)}
}

// Tell says that there is something in the outbox.
func (d *Drainer) Tell() {
	select {
	case d.told <- struct{}{}:
	default:
	}
}

// Run drains the outbox until ctx ends: first what an earlier process left.
func (d *Drainer) Run(ctx context.Context) {
	for {
		if err := d.drain(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("outbox not drained", slog.Any("cause", err))
		}
		wait := idle
		if len(d.done) > 0 {
			wait = settle
		}
		select {
		case <-ctx.Done():
			return
		case <-d.told:
		case <-time.After(wait):
			if err := d.clear(ctx); err != nil && ctx.Err() == nil {
				d.Log.Error("outbox not cleared", slog.Any("cause", err))
			}
		}
	}
}

// clear removes from the outbox what has been carried out.
func (d *Drainer) clear(ctx context.Context) error {
	if len(d.done) == 0 {
		return nil
	}
	if err := d.Store.Woken(ctx, slices.Collect(maps.Keys(d.done))); err != nil {
		return err
	}
	clear(d.done)
	return nil
}

// drain carries out all wakes that there are.
func (d *Drainer) drain(ctx context.Context) error {
	for {
		wakes, err := d.Store.Wakes(ctx, batch)
		if err != nil {
			return err
		}
		full := len(wakes) == batch
		wakes = slices.DeleteFunc(wakes, func(w store.Wake) bool { return d.done[w] })
		switch {
		case len(wakes) == 0 && full: // what is done is in the way
			if err := d.clear(ctx); err != nil {
				return err
			}
			continue
		case len(wakes) == 0:
			return nil
		}
		g, inner := errgroup.WithContext(ctx)
		g.SetLimit(parallel)
		for _, w := range wakes {
			if w.Conversation == (convo.ID{}) {
				err = errors.Join(err, d.account(ctx, w.Account))
			} else {
				err = errors.Join(err, d.conversation(inner, g, w.Conversation))
			}
		}
		if err := errors.Join(err, g.Wait()); err != nil {
			return err
		}
		for _, w := range wakes {
			d.done[w] = true
		}
		if len(d.done) >= 2*batch {
			if err := d.clear(ctx); err != nil {
				return err
			}
		}
	}
}

// conversation tells everyone in a conversation; who was removed is told once.
func (d *Drainer) conversation(ctx context.Context, g *errgroup.Group, id convo.ID) error {
	var c store.Conversation
	var rows []store.Participant
	var newest recent
	err := d.Store.ViewConversation(ctx, id, func(v store.ConversationView) (err error) {
		if c, err = v.Conversation(); err != nil {
			return err
		}
		if d.News != nil {
			if newest, err = v.Recent(looked); err != nil {
				return err
			}
		}
		rows, err = v.Participants()
		return err
	})
	if err != nil {
		return err
	}
	for _, p := range rows {
		g.Go(func() error { return d.touch(ctx, p, &c, newest) })
	}
	return nil
}

func (d *Drainer) touch(ctx context.Context, p store.Participant, c *store.Conversation, newest recent) error {
	urgency := push.None
	err := d.Store.UpdateAccount(ctx, p.Account, func(tx store.AccountTx) error {
		if p.Until == 0 {
			if d.News != nil {
				before, err := tx.Conversation(c.ID)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				urgency = newest.urgency(p, before.Seq)
			}
			return tx.TouchConversation(c.ID, c.Head.Seq, c.AcceptedMS)
		}
		row, err := tx.Conversation(c.ID)
		if errors.Is(err, store.ErrNotFound) || err == nil && row.Seq < p.Until {
			return tx.TouchConversation(c.ID, p.Until, row.ActivityMS)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // no such account: nobody waits
	}
	if err == nil {
		d.Bus.Publish(p.Account)
		if urgency != push.None {
			d.News(p.Account, urgency)
		}
	}
	return err
}

// account tells everyone who shares a conversation with an account that one of
// its devices is gone.
func (d *Drainer) account(ctx context.Context, id account.ID) error {
	reset, err := d.reset(ctx, id)
	if err != nil {
		return err
	}
	change := uint64(0)
	for {
		var rows []store.ConversationIndex
		err := d.Store.ViewAccount(ctx, id, func(v store.AccountView) (err error) {
			rows, err = v.ByChange(change, batch)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			change = r.Change
			err := d.Store.UpdateConversation(ctx, r.Conversation, func(tx store.ConversationTx) error {
				if reset != nil {
					if err := tx.PutReset(id, reset); err != nil {
						return err
					}
				}
				return tx.Wake()
			})
			if err != nil {
				return err
			}
		}
	}
}

// reset returns the statement of an account's reset, nil where there was none, or
// where there is no new account yet.
func (d *Drainer) reset(ctx context.Context, id account.ID) (statement []byte, err error) {
	err = d.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
		r, err := v.Reset()
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		statement = r.Statement
		return err
	})
	if err != nil || statement == nil {
		return nil, err
	}
	r, err := account.ParseReset(statement)
	if err != nil {
		return nil, err
	}
	err = d.Store.ViewAccount(ctx, r.New, func(v store.AccountView) error {
		_, err := v.Account()
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // its making wakes again
	}
	return statement, err
}
