package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
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
	if err := e.walkAll(ctx, c, nil); err != nil {
		return err
	}
	if e.cfg.Stepwise {
		return e.begun(ctx, c)
	}
	return e.fillDown(ctx, c, 0)
}

// fillDown reads a conversation's log from the lowest entry known down, at most
// limit entries (0: all), while the next pages are on their way, and waits until
// it is stored.
func (e *Engine) fillDown(ctx context.Context, c *conversation, limit int) error {
	err := e.fillBehind(ctx, c, limit, nil)
	if late := e.settle(); err == nil {
		err = late
	}
	return err
}

// fillBehind is fillDown, but for the waiting. pages, if not nil, were begun
// ahead.
func (e *Engine) fillBehind(ctx context.Context, c *conversation, limit int, pages *pagesDown) error {
	if c.st.Bottom.Seq <= 1 {
		return nil
	}
	if pages == nil {
		size := perRead
		if limit > 0 {
			size = min(limit, perRead)
		}
		pages = e.pagesDown(c.id, size, limit)
		defer pages.stop()
	}
	w := &downwards{e: e, c: c, start: c.st.Bottom, whole: limit == 0}
	from, taken := min(c.st.Bottom.Seq, c.st.Top.Seq), 0
	for {
		page := pages.next(ctx, from)
		if page.err == nil && len(page.entries) == 0 {
			page.err = fault.Broken(fault.PromiseStored, nil, "the server withholds entries of a conversation")
		}
		if page.err != nil { // what came before is good
			return errors.Join(page.err, w.end(ctx))
		}
		if err := w.take(ctx, page.entries); err != nil {
			return err
		}
		from = page.entries[0].Seq
		if taken += len(page.entries); from <= 1 || limit > 0 && taken >= limit {
			return w.end(ctx)
		}
	}
}

// downwards is a reading of a log from the top down. Several pages go into one
// batch, which is finished and written while the next ones are opened.
type downwards struct {
	e     *Engine
	c     *conversation
	fold  *fold         // what is not on its way to the store
	last  *fold         // the one before
	start convo.LogHead // the lowest entry that was stored before
	sent  convo.LogHead // the lowest one that is stored or on its way; zero: start
	whole bool          // all of it is read
	// purge says that the search index must forget something when all is stored.
	purge bool
}

// take takes the next page.
func (w *downwards) take(ctx context.Context, entries []*convo.Entry) (err error) {
	switch {
	case w.fold != nil:
	case w.last != nil:
		w.fold, w.last = w.last.next(), nil
	default:
		w.fold = w.e.newFold(w.c)
		if w.whole {
			err = w.fold.readMarks(ctx)
		}
	}
	if err == nil {
		err = w.e.ingestDown(ctx, w.c, w.fold, entries)
	}
	if err == nil && w.fold.full() {
		err = w.write(ctx)
	}
	if err != nil {
		// Of a batch with a page that does not verify nothing is kept.
		w.fold = nil
		return w.dropped(err)
	}
	return nil
}

// dropped goes back to what is stored, because of err.
func (w *downwards) dropped(err error) error {
	w.c.st.Bottom = w.start
	late := w.e.settle()
	if late == nil && w.sent.Seq != 0 {
		w.c.st.Bottom = w.sent
	}
	w.e.dropConv(w.c)
	return errors.Join(err, late)
}

// write sends the fold to the store.
func (w *downwards) write(ctx context.Context) error {
	f := w.fold
	w.fold = nil
	if f == nil {
		return nil
	}
	late, err := f.close(ctx, true)
	if err != nil {
		return err
	}
	w.purge = w.purge || f.purge
	if err := w.e.applyBehind(ctx, late); err != nil {
		return err
	}
	w.sent, w.last = w.c.st.Bottom, f
	return nil
}

// end sends what is left to the store.
func (w *downwards) end(ctx context.Context) error {
	if err := w.write(ctx); err != nil {
		return w.dropped(err)
	}
	if !w.purge {
		return nil
	}
	w.purge = false
	if err := w.e.settle(); err != nil {
		return w.dropped(err)
	}
	return w.e.purgeIndex(ctx)
}

// full reports whether a fold is worth a batch: the larger, the fewer parts the
// search index has, and the more is read again after a crash.
func (f *fold) full() bool {
	const entries, bytes = 4096, 8 << 20
	return f.entries >= entries || f.bytes >= bytes
}

// ingestDown takes a run, of which the links were verified, that leads up to the lowest entry known, or to the head,
// into a fold. After an error what is in memory may be ahead of the store.
func (e *Engine) ingestDown(ctx context.Context, c *conversation, f *fold, entries []*convo.Entry) error {
	anchor := c.st.Bottom
	if !c.st.known() {
		anchor = c.st.Top
	}
	last := entries[len(entries)-1]
	if last.Seq != anchor.Seq || last.Link != anchor.Link {
		return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the log that the server sent does not verify")
	}
	if c.st.known() {
		entries = entries[:len(entries)-1]
	}
	if len(entries) == 0 {
		return fault.Broken(fault.PromiseStored, nil, "the server withholds entries of a conversation")
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
			return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "a message names a head that is not on this log: the server shows people different logs")
		}
	}
	c.st.Named = rest
	return nil
}
