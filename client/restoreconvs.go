package client

import (
	"context"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// firstScreen is how many entries the first screen shows.
const firstScreen = 64

// restoreConversations brings the account's conversations back, newest first.
// Unless all is set it returns once the newest is on the screen; Sync brings the
// rest, and takes up a restore that was cut short.
func (e *Engine) restoreConversations(ctx context.Context, all bool, start time.Time, report *Restored) error {
	list, err := e.listRemote(ctx)
	if err != nil {
		return err
	}
	if list, err = e.listedOrNamed(ctx, list); err != nil {
		return err
	}
	report.Conversations = len(list)
	if err := e.restoreList(ctx, list, all, start, report); err != nil {
		return err
	}
	if all {
		if err := e.setCursor(ctx, list); err != nil {
			return err
		}
		if err := e.reportWithheld(ctx, list, report); err != nil {
			return err
		}
		if err := e.writeCheckpoints(ctx, checkpointRestore); err != nil {
			return err
		}
	}
	return e.countRestored(ctx, report)
}

// restoreList brings conversations back one after the other: while one is walked
// and opened, the one before is stored and the one after is fetched.
func (e *Engine) restoreList(ctx context.Context, list []wire.ConversationSummary, all bool, start time.Time, report *Restored) (err error) {
	e.restoring = true
	var now, next *ahead
	defer func() {
		now.stop()
		next.stop()
		e.restoring = false
		if late := e.settle(); err == nil {
			err = late
		}
		if err == nil {
			err = e.indexOwed(ctx)
		}
	}()
	if next, err = e.aheadOf(ctx, list, 0, firstScreen, firstScreen); err != nil {
		return err
	}
	for i := range list {
		now.stop()
		now, next = next, nil
		onScreen := func() (err error) {
			if i == 0 {
				report.FirstPage = e.cfg.Now().Sub(start)
			}
			if all {
				next, err = e.aheadOf(ctx, list, i+1, perRead, 0)
			}
			return err
		}
		c, err := e.restoreOne(ctx, &list[i], i == 0, all, now, onScreen)
		if err != nil {
			if fault.KindOf(err) == fault.KindUnreachable || c == nil || e.self == nil || ctx.Err() != nil {
				return err
			}
			report.Gaps = append(report.Gaps, Gap{
				Conversation: c.id, Name: e.label(ctx, c), From: 1, To: max(c.st.Bottom.Seq, 1) - 1, Reason: err.Error(),
			})
			if fault.KindOf(err) == fault.KindIntegrity {
				return err
			}
		}
		if err == nil && i > 0 {
			// So that memory holds a few conversations' logs, not all.
			e.afterwards(func() { e.dropConv(c) })
		}
		e.cfg.Progress(Progress{Task: "conversations", Done: int64(i + 1), Total: int64(len(list))})
		if i == 0 && !all {
			break
		}
	}
	return nil
}

// aheadOf looks ahead to a conversation of the list, unless this device knows it.
func (e *Engine) aheadOf(ctx context.Context, list []wire.ConversationSummary, i, first, limit int) (*ahead, error) {
	if i >= len(list) {
		return nil, nil
	}
	id, err := convo.IDFromBytes(list[i].Conversation)
	if err != nil {
		return nil, nil // in its turn it is refused
	}
	if c, err := e.conv(ctx, id); c != nil || err != nil {
		return nil, err
	}
	return e.lookAhead(ctx, id, first, limit), nil
}

// restoreOne brings one conversation back; a, if not nil, is what was read of it
// ahead. onScreen is called when its commits are walked and, of the first one, the
// newest page is stored.
func (e *Engine) restoreOne(ctx context.Context, s *wire.ConversationSummary, first, all bool, a *ahead, onScreen func() error) (*conversation, error) {
	id, err := convo.IDFromBytes(s.Conversation)
	if err != nil {
		return nil, fault.Broken(fault.PromiseProved, err, "the server sent a conversation id that cannot be")
	}
	c, err := e.conv(ctx, id)
	if err != nil {
		return nil, err
	}
	if c == nil {
		if c, err = e.newConv(ctx, id, 0, account.ID{}); err != nil {
			return nil, err
		}
	}
	if c.st.known() {
		// A restore that goes on has most of them already.
		head, err := e.takeHead(ctx, c, s.Head)
		if err != nil {
			return c, err
		}
		if head.Seq > c.st.Top.Seq || first {
			if err := e.syncConv(ctx, c); err != nil {
				return c, err
			}
		}
	} else if err := e.walkAll(ctx, c, a); err != nil {
		return c, err
	}
	pages := a.down()
	if first {
		if c.st.Bottom.Seq > c.st.Top.Seq {
			err := e.fillBehind(ctx, c, firstScreen, pages)
			if late := e.settle(); err == nil {
				err = late
			}
			if err != nil {
				return c, err
			}
		}
		pages = nil // no more than the screen was read ahead
	}
	if err := onScreen(); err != nil || e.cfg.Stepwise && !all {
		return c, err
	}
	return c, e.fillBehind(ctx, c, 0, pages)
}

// setCursor notes that everything up to the newest change is here.
func (e *Engine) setCursor(ctx context.Context, list []wire.ConversationSummary) error {
	var newest uint64
	for i := range list {
		newest = max(newest, list[i].Change)
	}
	if newest == 0 {
		return nil
	}
	var b store.Batch
	b.Set(keyConvCursor.Bytes(), appendUint64(nil, newest))
	return e.apply(ctx, &b)
}

// countRestored fills the report's counts and gaps from what is here.
func (e *Engine) countRestored(ctx context.Context, report *Restored) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	if report.Unkept, err = e.unkept(ctx, list, false); err != nil {
		return err
	}
	threads, messages, err := e.importedCount(ctx)
	if err != nil {
		return err
	}
	report.Conversations += threads
	report.Messages += int64(messages)
	report.Expected += int64(messages)
	for _, c := range list {
		report.Messages += int64(c.st.Messages)
		report.Expected += int64(c.st.Messages) + int64(len(c.st.Missing)) + int64(c.st.Locked)
		if c.st.Locked > 0 {
			report.Gaps = append(report.Gaps, Gap{
				Conversation: c.id, Name: e.label(ctx, c), From: c.st.LockedFrom, To: c.st.LockedTo,
				Reason: "what their sender deposited for this account does not open; another device in the conversation can file it anew",
			})
		}
		for _, seq := range c.st.Missing {
			report.Gaps = append(report.Gaps, Gap{
				Conversation: c.id, Name: e.label(ctx, c), From: seq, To: seq, Reason: "the server no longer has this message, and nothing excuses it",
			})
		}
	}
	return nil
}

// fillAll goes on with restores that were cut short.
func (e *Engine) fillAll(ctx context.Context) error {
	if e.cfg.Stepwise {
		return nil
	}
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.st.Bottom.Seq <= 1 || c.pos == nil && e.loadWalk(ctx, c) != nil || c.pos == nil {
			continue
		}
		if err := e.fillBehind(ctx, c, 0, nil); err != nil {
			return errors.Join(err, e.settle())
		}
		// So that memory holds a few conversations' logs, not all.
		e.afterwards(func() { e.dropConv(c) })
	}
	return e.indexOwed(ctx)
}
