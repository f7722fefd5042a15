package client

import (
	"context"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/core/convo"
)

// take begins with a conversation that is new to this device. A short log is read
// from its beginning; of a long one first all commits are walked, then its
// messages are read from the newest down, so that the newest show first.
func (e *Engine) take(ctx context.Context, c *conversation, s *wire.ConversationSummary) error {
	if s.Member {
		if err := e.welcome(ctx, c); err != nil {
			return err
		}
	}
	if s.Head == nil || s.Head.Seq <= perRead && !e.cfg.Stepwise || s.Head.Seq <= perStep {
		return e.syncConv(ctx, c)
	}
	if err := e.walkAll(ctx, c); err != nil {
		return err
	}
	if e.cfg.Stepwise {
		return e.begun(ctx, c)
	}
	return e.fillDown(ctx, c, 0)
}

// descent is a page of the log, read downwards.
type descent struct {
	entries []*convo.Entry // ascending
	err     error
}

// fillDown reads a conversation's log from the lowest entry known down, at most
// limit entries (0: all), while the next page is on its way.
func (e *Engine) fillDown(ctx context.Context, c *conversation, limit int) error {
	if c.st.Bottom.Seq <= 1 {
		return nil
	}
	first := perRead
	if limit > 0 {
		first = min(limit, perRead)
	}
	page := e.descend(ctx, c.id, min(c.st.Bottom.Seq, c.st.Top.Seq), first)
	w := &downwards{e: e, c: c, kept: c.st.Bottom, sent: c.st.Bottom}
	taken := 0
	for {
		if page.err == nil && len(page.entries) == 0 {
			page.err = broken(PromiseStored, nil, "the server withholds entries of a conversation")
		}
		if page.err != nil { // what came before is good
			return errors.Join(page.err, w.end(ctx))
		}
		lowest := page.entries[0].Seq
		taken += len(page.entries)
		last := lowest <= 1 || limit > 0 && taken >= limit
		next := make(chan descent, 1)
		if !last {
			go func() { next <- e.descend(ctx, c.id, lowest, perRead) }()
		}
		err := w.take(ctx, page.entries)
		if last {
			if err == nil {
				err = w.end(ctx)
			}
			return err
		}
		page = <-next
		if err != nil {
			return err
		}
	}
}

// downwards is a reading of a log from the top down. Several pages go into one
// batch, which is written while the next ones are opened.
type downwards struct {
	e    *Engine
	c    *conversation
	fold *fold         // what is not on its way to the store
	last *fold         // the one before
	kept convo.LogHead // the lowest entry that is stored for certain
	sent convo.LogHead // the lowest one that is stored or on its way
	// purge says that the search index must forget something when all is stored.
	purge bool
}

// take takes the next page.
func (w *downwards) take(ctx context.Context, entries []*convo.Entry) error {
	switch {
	case w.fold != nil:
	case w.last != nil:
		w.fold, w.last = w.last.next(), nil
	default:
		w.fold = w.e.newFold(w.c)
	}
	err := w.e.ingestDown(ctx, w.c, w.fold, entries)
	if err == nil && w.fold.full() {
		err = w.write(ctx)
	}
	if err != nil {
		// Of a batch with a page that does not verify nothing is kept.
		w.fold = nil
		err = errors.Join(err, w.end(ctx))
		w.c.st.Bottom = w.kept
		w.e.dropConv(w.c)
	}
	return err
}

// write sends the fold to the store, once the one before is there.
func (w *downwards) write(ctx context.Context) error {
	f := w.fold
	w.fold = nil
	if f == nil {
		return nil
	}
	if err := f.close(ctx); err != nil {
		return err
	}
	w.purge = w.purge || f.purge
	if err := w.e.applyBehind(ctx, f.b); err != nil { // of the batch before
		return err
	}
	w.kept, w.sent, w.last = w.sent, w.c.st.Bottom, f
	return nil
}

// end writes what is left and waits until all is stored.
func (w *downwards) end(ctx context.Context) error {
	err := w.write(ctx)
	if settled := w.e.settle(); err == nil {
		err = settled
	}
	if err != nil {
		w.c.st.Bottom = w.kept
		w.e.dropConv(w.c)
		return err
	}
	w.kept = w.sent
	if w.purge {
		w.purge = false
		return w.e.purgeIndex(ctx)
	}
	return nil
}

// full reports whether a fold is worth a batch: the larger, the fewer parts the
// search index has, and the more is read again after a crash.
func (f *fold) full() bool {
	const entries, bytes = 4096, 8 << 20
	return f.entries >= entries || f.bytes >= bytes
}

// descend reads entries downwards from one that is known, or from the head: its
// link vouches for those below. It runs while the page above is being stored, and
// so takes nothing of the conversation but its id.
func (e *Engine) descend(ctx context.Context, id convo.ID, from uint64, n int) descent {
	r, err := e.conversations().ReadLog(ctx, &wire.ReadLogRequest{
		Conversation: id[:], FromSeq: from, Limit: uint32(min(n+1, perRead)), Descending: true,
	})
	if err != nil {
		return descent{err: fromServer(err)}
	}
	d := descent{}
	for i := range r.Entries {
		x, err := parseEntry(&r.Entries[i])
		if err != nil {
			return descent{err: broken(PromiseProved, err, "the server sent a damaged log entry")}
		}
		d.entries = append(d.entries, x)
	}
	slices.Reverse(d.entries)
	return d
}

// ingestDown takes a run that leads up to the lowest entry known, or to the head,
// into a fold. After an error what is in memory may be ahead of the store.
func (e *Engine) ingestDown(ctx context.Context, c *conversation, f *fold, entries []*convo.Entry) error {
	var before *convo.LogHead
	if entries[0].Seq == 1 {
		before = &convo.LogHead{}
	}
	if err := e.checkRun(before, entries); err != nil {
		return err
	}
	anchor := c.st.Bottom
	if !c.st.known() {
		anchor = c.st.Top
	}
	last := entries[len(entries)-1]
	if last.Seq != anchor.Seq || last.Link != anchor.Link {
		return broken(PromiseProved, convo.ErrBadLink, "the log that the server sent does not verify")
	}
	if c.st.known() {
		entries = entries[:len(entries)-1]
	}
	if len(entries) == 0 {
		return broken(PromiseStored, nil, "the server withholds entries of a conversation")
	}
	if err := e.ingestCommits(ctx, c, f, entries, map[uint64]*wire.EpochBundle{}); err != nil {
		return err
	}
	for _, x := range entries {
		c.links[x.Seq] = x.Link
	}
	if err := e.foldEntries(ctx, f, entries, true); err != nil {
		return err
	}
	if err := e.checkRemoved(ctx, c, entries); err != nil {
		return err
	}
	c.st.Bottom = convo.LogHead{Seq: entries[0].Seq, Link: entries[0].Link}
	f.entries += len(entries)
	for _, x := range entries {
		f.bytes += len(x.Body)
	}
	return c.settleNamed()
}

// settleNamed checks the heads that entries named before the reading got there.
func (c *conversation) settleNamed() error {
	var rest []convo.LogHead
	for _, h := range c.st.Named {
		link, ok := c.links[h.Seq]
		if h.Seq < c.st.Bottom.Seq || !ok {
			rest = append(rest, h)
			continue
		}
		if link != h.Link {
			return broken(PromiseProved, convo.ErrBadLink, "a message names a head that is not on this log: the server shows people different logs")
		}
	}
	c.st.Named = rest
	return nil
}
