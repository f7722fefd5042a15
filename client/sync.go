package client

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// Sync takes everything new in all conversations, sends what is queued, covers
// removals, and keeps key packages at hand.
func (e *Engine) Sync(ctx context.Context) (Synced, error) {
	var s Synced
	err := e.withAccount(ctx, func() error {
		before, err := e.tally(ctx)
		if err != nil {
			return err
		}
		defer func() { s = e.since(ctx, before) }()
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		if reset, err := e.wasReset(ctx); reset != nil || err != nil {
			return errors.Join(err, e.syncToRead(ctx))
		}
		if err := e.refreshKeyPackages(ctx); err != nil {
			return err
		}
		for _, step := range []func(context.Context) error{
			e.rotateIfDue, e.askIfDue, e.noticeChain, e.saySeen, e.watchGuesses, e.pull, e.admitAll, e.fillAll, e.mendAll, e.takeAllGiven, e.giveAll, e.flushAll, e.coverAll, e.addOwnAll,
			e.deleteDoomed, e.releaseCleared, e.askLeft, e.saveReadMarks, e.untell, e.askReaders, e.confirmStored, e.forgetEpochs, e.compareCheckpoints,
			e.sweep, e.purgeIndex, e.tidy,
		} {
			// One conversation that does not work must not stop the others.
			stepErr := step(ctx)
			err = errors.Join(err, stepErr)
			if e.self == nil {
				return err // the store failed, and what was in memory is forgotten
			}
			if fault.KindOf(stepErr) == fault.KindUnreachable && stepErr != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		return e.writeCheckpoints(ctx, checkpointEvery)
	})
	return s, err
}

// syncToRead is the Sync of an account that was reset: it writes nothing for others.
func (e *Engine) syncToRead(ctx context.Context) error {
	var errs []error
	for _, step := range []func(context.Context) error{e.noticeChain, e.pull, e.fillAll, e.sweep, e.purgeIndex, e.tidy} {
		errs = append(errs, step(ctx))
		if e.self == nil {
			break
		}
	}
	return errors.Join(errs...)
}

// Synced is what a Sync did.
type Synced struct {
	Sent     int // messages that left the outbox
	Received int // messages that are new here
	Pending  int // removals and messages still to be seen to
}

// tally is what Sync's outcome is measured by.
type tally struct{ waiting, messages int }

func (e *Engine) tally(ctx context.Context) (t tally, err error) {
	list, err := e.outbox(ctx, nil)
	if err != nil {
		return t, err
	}
	t.waiting = len(list)
	convs, err := e.allConvs(ctx)
	for _, c := range convs {
		t.messages += int(c.st.Messages)
	}
	return t, err
}

// since compares with an earlier tally; what cannot be counted counts as nothing.
func (e *Engine) since(ctx context.Context, before tally) Synced {
	now, err := e.tally(ctx)
	if err != nil {
		return Synced{}
	}
	s := Synced{Sent: max(before.waiting-now.waiting, 0), Pending: now.waiting}
	s.Received = max(now.messages-before.messages-s.Sent, 0)
	convs, err := e.allConvs(ctx)
	if err != nil {
		return s
	}
	for _, c := range convs {
		if c.st.Gone || e.loadWalk(ctx, c) != nil || c.pos == nil {
			continue
		}
		if waits, err := e.waits(ctx, c); err != nil || waits {
			continue
		}
		if n, err := e.uncovered(ctx, c); err == nil {
			s.Pending += n
		}
	}
	return s
}

// tidy compacts the search index: of one that a restore has left in many parts, a
// part of a second's worth each time.
func (e *Engine) tidy(ctx context.Context) error {
	budget := 1 << 16
	if e.cfg.Stepwise {
		budget = 1 << 12 // other calls must not wait long
		if e.stepping {
			return nil // more is being gathered
		}
	}
	_, err := e.compactIndex(ctx, budget)
	return err
}

// compactIndex compacts the search index; busy says that another process is at it.
func (e *Engine) compactIndex(ctx context.Context, budget int) (busy bool, err error) {
	if err := e.indexOwed(ctx); err != nil {
		return false, err
	}
	_, err = e.searchIndex().Compact(ctx, budget)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrBusy) {
		return true, nil
	}
	if err != nil {
		return false, fault.Failed(err, "the search index cannot be tidied")
	}
	return false, nil
}

// pull takes what is new in every conversation that has changed since the last
// time.
func (e *Engine) pull(ctx context.Context) error {
	v, err := e.get(ctx, keyConvCursor)
	if err != nil {
		return err
	}
	cursor := readUint64(v)
	kept, failing := cursor, uint64(math.MaxUint64)
	var errs []error
	for {
		list, next, err := e.changed(ctx, cursor)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for i := range list {
			if err := e.pullOne(ctx, &list[i]); err != nil {
				if fault.KindOf(err) == fault.KindUnreachable {
					return err
				}
				errs = append(errs, err)
				failing = min(failing, list[i].Change)
			}
			e.cfg.Progress(Progress{Task: "conversations", Done: int64(i + 1), Total: int64(len(list))})
		}
		cursor = max(cursor, next)
		// What did not work is asked for again the next time.
		if settled := min(cursor, max(failing, 1)-1); settled > kept {
			kept = settled
			var b store.Batch
			b.Set(keyConvCursor.Bytes(), appendUint64(nil, kept))
			if err := e.apply(ctx, &b); err != nil {
				return err
			}
		}
		if len(list) < perRead {
			return errors.Join(errs...)
		}
	}
}

// changed lists conversations that changed after a cursor, and the new cursor.
func (e *Engine) changed(ctx context.Context, cursor uint64) ([]wire.ConversationSummary, uint64, error) {
	req := &wire.ListConversationsRequest{Limit: perRead, ChangedAfter: cursor}
	if cursor > 0 {
		r, err := e.conversations().ListConversations(ctx, req)
		if err != nil {
			return nil, 0, fault.FromServer(err)
		}
		for i := range r.Conversations {
			cursor = max(cursor, r.Conversations[i].Change)
		}
		return r.Conversations, cursor, nil
	}
	list, err := e.listRemote(ctx)
	for i := range list {
		cursor = max(cursor, list[i].Change)
	}
	return list, cursor, err
}

// listRemote lists all conversations of the account, newest activity first.
func (e *Engine) listRemote(ctx context.Context) ([]wire.ConversationSummary, error) {
	var out []wire.ConversationSummary
	var after []byte
	for {
		r, err := e.conversations().ListConversations(ctx, &wire.ListConversationsRequest{Limit: perRead, After: after})
		if err != nil {
			return nil, fault.FromServer(err)
		}
		out = append(out, r.Conversations...)
		if after = r.Next; len(after) == 0 || len(r.Conversations) == 0 {
			return out, nil
		}
	}
}

// pullOne takes what is new in one conversation.
func (e *Engine) pullOne(ctx context.Context, s *wire.ConversationSummary) error {
	id, err := convo.IDFromBytes(s.Conversation)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server sent a conversation id that cannot be")
	}
	if err := e.hearResets(ctx, s.Resets); err != nil {
		return err
	}
	c, err := e.conv(ctx, id)
	if err != nil {
		return err
	}
	if c == nil {
		if c, err = e.newConv(ctx, id, 0, account.ID{}); err != nil {
			return err
		}
	}
	if !c.st.known() {
		return e.take(ctx, c, s)
	}
	if same, err := e.holds(ctx, c, s.Head); err != nil {
		return err
	} else if !same {
		err = e.syncConv(ctx, c)
		if err != nil {
			return err
		}
	}
	return e.hearOfEnd(ctx, c)
}

// holds reports whether a head is on the log that this device has.
func (e *Engine) holds(ctx context.Context, c *conversation, w *wire.LogHead) (bool, error) {
	if w == nil || w.Seq > c.st.Top.Seq {
		return false, nil
	}
	link, ok, err := e.linkAt(ctx, c, w.Seq)
	return !ok || bytes.Equal(link[:], w.Link), err
}

// flushAll sends what is queued in every conversation.
func (e *Engine) flushAll(ctx context.Context) error {
	list, err := e.outbox(ctx, nil)
	if err != nil {
		return err
	}
	var ids []convo.ID
	for _, q := range list {
		if !slices.Contains(ids, q.conv) {
			ids = append(ids, q.conv)
		}
	}
	var errs []error
	for _, id := range ids {
		c, err := e.conv(ctx, id)
		if err == nil && c != nil {
			err = e.flushOne(ctx, c)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) flushOne(ctx context.Context, c *conversation) error {
	if waits, err := e.waits(ctx, c); err != nil || waits {
		return err
	}
	return e.flush(ctx, c)
}

// coverAll commits in every conversation where a removal that this device knows
// of is not covered (DESIGN 5.4).
func (e *Engine) coverAll(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range list {
		if err := e.cover(ctx, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) cover(ctx context.Context, c *conversation) error {
	if c.st.Gone || c.endedByPeer() {
		return nil
	}
	if waits, err := e.waits(ctx, c); err != nil || waits {
		return err
	}
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil {
		return err
	}
	n, err := e.uncovered(ctx, c)
	if err != nil || n == 0 && c.st.Stuck != convo.ReasonCommit {
		return err
	}
	if c.group == nil && !e.mayJoin(ctx, c) && c.st.Stuck != convo.ReasonCommit {
		return nil
	}
	return e.ready(ctx, c)
}

// mayJoin reports whether this device holds the present epoch's join key.
func (e *Engine) mayJoin(ctx context.Context, c *conversation) bool {
	row, err := e.epoch(ctx, c, c.here())
	return err == nil && row != nil && row.secrets != nil
}
