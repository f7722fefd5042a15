package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

const (
	// waitFor is how long one question to the server may stay open.
	waitFor = 25 * time.Second
	// askAnew is how long a device that only watches may not have asked about its
	// account: an hour, of the week in which a reset can be stopped.
	askAnew = time.Hour
	// retryAfter is how long to wait before asking a server again that could not
	// be reached.
	retryAfter = 2 * time.Second
)

// Watch hands each new message over once, in the order of its log, until ctx is
// done or each returns an error, which Watch returns. to limits it to one
// conversation; "" means all. Between messages it does not hold the device's
// lock.
func (e *Engine) Watch(ctx context.Context, to string, each func(Message) error) error {
	var only *convo.ID
	shown := map[convo.ID]uint64{}
	err := e.withAccount(ctx, func() error {
		if to != "" {
			c, err := e.target(ctx, to)
			if err != nil {
				return err
			}
			only = &c.id
		}
		if err := e.pull(ctx); err != nil {
			return err
		}
		if err := e.askReaders(ctx); err != nil {
			return err
		}
		list, err := e.allConvs(ctx)
		for _, c := range list {
			shown[c.id] = c.st.Top.Seq
		}
		return err
	})
	if err != nil {
		return err
	}
	beside := e.fetchBeside(ctx)
	defer beside.end()
	var at waited
	for {
		if err := beside.again(); err != nil {
			return err
		}
		before := at
		next, err := e.wait(ctx, at)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && fault.KindOf(err) != fault.KindUnreachable {
			return err
		}
		if err != nil {
			if sleep(ctx, retryAfter) != nil {
				return nil
			}
			continue
		}
		at = next
		var found []Message
		if at.cursor != before.cursor || len(at.beside) == 0 {
			found, err = e.newSince(ctx, only, shown, at.private)
		}
		if ctx.Err() != nil {
			return nil
		}
		missed := err
		if missed != nil && fault.KindOf(missed) != fault.KindUnreachable {
			return missed
		}
		for _, m := range found {
			if err := each(m); err != nil {
				return err
			}
		}
		if err := e.tellTyping(ctx, only, at.beside); err != nil {
			return err
		}
		if err := e.saveDueMarks(ctx); err != nil {
			return err
		}
		if err := e.tellNotices(ctx); err != nil {
			return err
		}
		if missed != nil { // what is new is asked for again
			at.cursor, at.private = before.cursor, before.private
			if sleep(ctx, retryAfter) != nil {
				return nil
			}
		}
	}
}

// tellTyping hands over who is typing, and takes what else was said beside the log.
func (e *Engine) tellTyping(ctx context.Context, only *convo.ID, beside [][]byte) error {
	if len(beside) == 0 {
		return nil
	}
	list, err := e.hear(ctx, only, beside)
	if ctx.Err() != nil || fault.KindOf(err) == fault.KindUnreachable && err != nil {
		return nil
	}
	for _, t := range list {
		if e.cfg.Typing != nil {
			e.cfg.Typing(t)
		}
	}
	return err
}

// waited is what the server said when it was last asked whether something has
// changed.
type waited struct {
	cursor  uint64
	private uint64 // the private log's head
	heard   uint64 // cursor of what is said beside the log
	beside  [][]byte
	asked   time.Time // when the account itself was last asked for
}

// wait asks the server whether something has changed, without the lock.
func (e *Engine) wait(ctx context.Context, at waited) (next waited, err error) {
	var call wire.AccountClient
	limit := waitFor
	heard := uint64(0)
	err = e.withAccount(ctx, func() error {
		call = wire.AccountClient{Doer: e.transport}
		if p, err := e.privacy(ctx); err != nil {
			return err
		} else if p.ReadMarks || p.Typing && e.cfg.Typing != nil {
			heard = max(at.heard, 1)
		}
		next, err := e.nextExpiry(ctx)
		if err != nil || next.IsZero() {
			return err
		}
		// What disappears meanwhile disappears on time.
		now, err := e.laterNow(ctx)
		limit = min(limit, max(next.Sub(now), time.Second))
		return err
	})
	if err != nil {
		return at, err
	}
	r, err := call.Wait(ctx, &wire.WaitRequest{Cursor: at.cursor, TimeoutMs: uint32(limit.Milliseconds()), EphemeralAfter: heard})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNoSession {
		// Any call made with the lock held signs in anew.
		err = e.withAccount(ctx, func() error { return e.refreshSelf(ctx) })
		return waited{cursor: at.cursor, heard: at.heard, asked: at.asked}, err
	}
	if err != nil {
		return at, fault.FromServer(err)
	}
	// What happened to the account is read before it is told of (tellNotices). A
	// reset that somebody asks for leaves the chain as it is.
	asked, now := at.asked, e.cfg.Now()
	err = e.withAccount(ctx, func() error {
		if r.ChainSeq <= e.self.chain.Head().Seq && now.Sub(asked).Abs() < askAnew {
			return nil
		}
		asked = now
		return e.refreshSelf(ctx)
	})
	return waited{cursor: r.Cursor, private: r.PrivateLogSeq, heard: r.EphemeralCursor, beside: r.Ephemerals, asked: asked}, err
}

// tellNotices hands over what happened to the account, once each.
func (e *Engine) tellNotices(ctx context.Context) error {
	if e.cfg.Notice == nil && e.cfg.Noticed == nil {
		return nil
	}
	list, err := e.Notices(ctx)
	if err != nil || len(list) == 0 {
		return err
	}
	if e.cfg.Notice == nil {
		if last := list[len(list)-1].Number; last != e.toldOf {
			e.toldOf = last
			e.cfg.Noticed()
		}
		return nil
	}
	for _, n := range list {
		e.cfg.Notice(n)
	}
	return e.NoticesShown(ctx, list[len(list)-1].Number)
}

// newSince takes what is new, the private log up to an entry included, and returns
// the messages that were not shown yet.
func (e *Engine) newSince(ctx context.Context, only *convo.ID, shown map[convo.ID]uint64, private uint64) ([]Message, error) {
	var out []Message
	err := e.withAccount(ctx, func() error {
		at, err := e.privatePosition(ctx)
		if err != nil {
			return err
		}
		if private > at.Head.Seq {
			if err := e.syncPrivate(ctx); err != nil {
				return err
			}
		}
		pulled := e.pull(ctx)
		if pulled == nil {
			// Who was just let in is given the group's history, too.
			pulled = errors.Join(e.admitAll(ctx), e.takeAllGiven(ctx), e.giveAll(ctx))
		}
		list, err := e.allConvs(ctx)
		if err != nil {
			return err
		}
		for _, c := range list {
			from := shown[c.id] + 1
			shown[c.id] = max(shown[c.id], c.st.Top.Seq)
			if only != nil && c.id != *only {
				continue
			}
			found, err := e.messagesFrom(ctx, c, max(from, c.st.Bottom.Seq))
			if err != nil {
				return err
			}
			if only == nil && len(found) > 0 {
				if p, err := e.preferencesOf(ctx, c.id); err != nil {
					return err
				} else if !p.mutedTo.IsZero() {
					found = e.onlyMentions(found)
				}
			}
			out = append(out, found...)
		}
		return pulled
	})
	slices.SortStableFunc(out, func(a, b Message) int { return a.Time.Compare(b.Time) })
	return out, err
}

// messagesFrom shows a conversation's messages from an entry on, oldest first.
func (e *Engine) messagesFrom(ctx context.Context, c *conversation, from uint64) ([]Message, error) {
	var out []Message
	for seq := from; seq <= c.st.Top.Seq; seq++ {
		m, ok, err := e.messageAt(ctx, c, seq)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, m)
		}
	}
	return out, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
