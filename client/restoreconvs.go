package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
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
	for i := range list {
		c, err := e.restoreOne(ctx, &list[i], i == 0, all, start, report)
		if err != nil {
			if KindOf(err) == KindUnreachable || c == nil {
				return err
			}
			report.Gaps = append(report.Gaps, Gap{
				Conversation: c.id, Name: e.label(ctx, c), From: 1, To: max(c.st.Bottom.Seq, 1) - 1, Reason: err.Error(),
			})
			if KindOf(err) == KindIntegrity {
				return err
			}
		}
		if err == nil && i > 0 {
			e.dropConv(c) // so that memory holds one conversation's log, not all
		}
		e.cfg.Progress(Progress{Task: "conversations", Done: int64(i + 1), Total: int64(len(list))})
		if i == 0 && !all {
			break
		}
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

// restoreOne brings one conversation back.
func (e *Engine) restoreOne(ctx context.Context, s *wire.ConversationSummary, first, all bool, start time.Time, report *Restored) (*conversation, error) {
	id, err := convo.IDFromBytes(s.Conversation)
	if err != nil {
		return nil, broken(PromiseProved, err, "the server sent a conversation id that cannot be")
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
	} else if err := e.walkAll(ctx, c); err != nil {
		return c, err
	}
	if first {
		if c.st.Bottom.Seq > c.st.Top.Seq {
			if err := e.fillDown(ctx, c, firstScreen); err != nil {
				return c, err
			}
		}
		report.FirstPage = e.cfg.Now().Sub(start)
	}
	if e.cfg.Stepwise && !all {
		return c, nil
	}
	return c, e.fillDown(ctx, c, 0)
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
		if err := e.fillDown(ctx, c, 0); err != nil {
			return err
		}
		e.dropConv(c) // so that memory holds one conversation's log, not all
	}
	return nil
}
