package client

import (
	"context"
	"slices"
	"sync"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/store"
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

// walkAll walks a conversation's commits from its creation to its head, and
// nothing else of its log. Nothing is sent before this walk is done.
func (e *Engine) walkAll(ctx context.Context, c *conversation) error {
	if err := e.loadWalk(ctx, c); err != nil {
		return err
	}
	var b store.Batch
	// The head is read before the commits, so that none below it is missed when
	// others commit meanwhile.
	entries, head, err := e.readLog(ctx, c, 1, 1, false)
	if err != nil {
		return err
	}
	if c.pos == nil {
		if len(entries) != 1 || entries[0].Kind != convo.EntryCreate {
			return broken(PromiseStored, nil, "the server lacks a conversation's creation")
		}
		if err := e.checkRun(&convo.LogHead{}, entries); err != nil {
			return err
		}
		if err := e.begin(&b, c, entries[0]); err != nil {
			return err
		}
	}
	for {
		more, err := e.walkSome(ctx, c, &b)
		if err != nil {
			e.dropConv(c)
			return err
		}
		if !more {
			break
		}
	}
	if err := e.checkHead(ctx, c, head); err != nil {
		e.dropConv(c)
		return err
	}
	if c.st.known() {
		c.st.HeadSeq = max(c.st.HeadSeq, head.Seq)
	} else {
		c.st.Top, c.st.HeadSeq = head, head.Seq
		c.st.Bottom = convo.LogHead{Seq: head.Seq + 1}
	}
	if err := c.saveWalk(&b); err != nil {
		return err
	}
	c.save(&b)
	return e.apply(ctx, &b)
}

// walkSome walks the next commits.
func (e *Engine) walkSome(ctx context.Context, c *conversation, b *store.Batch) (more bool, err error) {
	const perStep = 256
	r, err := e.conversations().ReadEpochs(ctx, &wire.ReadEpochsRequest{
		Conversation: c.id[:], Generation: c.pos.Generation, FromEpoch: c.pos.Epoch + 1, Limit: perStep,
	})
	if err != nil {
		return false, fromServer(err)
	}
	entries, err := e.fetchEntries(ctx, c, r.Bundles)
	if err != nil {
		return false, err
	}
	const flushAt = 8 << 20
	for i := range r.Bundles {
		if entries[i].Kind != convo.EntryCommit || entries[i].Seq != r.Bundles[i].Seq {
			return false, broken(PromiseProved, nil, "the server names an entry as a commit that is none")
		}
		if err := e.walk(ctx, b, c, entries[i], &r.Bundles[i]); err != nil {
			return false, err
		}
		if b.Size() > flushAt {
			if err := e.apply(ctx, b); err != nil {
				return false, err
			}
			b.Reset()
		}
	}
	return r.More && len(r.Bundles) > 0, nil
}

// fetchEntries fetches the log entries of commits, several at a time.
func (e *Engine) fetchEntries(ctx context.Context, c *conversation, list []wire.EpochBundle) ([]*convo.Entry, error) {
	const atATime = 8
	out := make([]*convo.Entry, len(list))
	heads := make([]*wire.LogHead, len(list))
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	slots := make(chan struct{}, atATime)
	for i := range list {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			r, err := e.conversations().ReadLog(ctx, &wire.ReadLogRequest{Conversation: c.id[:], FromSeq: list[i].Seq, Limit: 1})
			if err != nil {
				errs[i] = fromServer(err)
				return
			}
			heads[i] = r.Head
			if len(r.Entries) != 1 {
				errs[i] = broken(PromiseStored, nil, "the server lacks a commit")
				return
			}
			if out[i], err = parseEntry(&r.Entries[0]); err != nil {
				errs[i] = broken(PromiseProved, err, "the server sent a damaged log entry")
			}
		})
	}
	wg.Wait()
	for i := range list {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if _, err := e.takeHead(ctx, c, heads[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
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
	taken := 0
	for {
		if page.err != nil {
			return page.err
		}
		if len(page.entries) == 0 {
			return broken(PromiseStored, nil, "the server withholds entries of a conversation")
		}
		lowest := page.entries[0].Seq
		taken += len(page.entries)
		last := lowest <= 1 || limit > 0 && taken >= limit
		next := make(chan descent, 1)
		if !last {
			go func() { next <- e.descend(ctx, c.id, lowest, perRead) }()
		}
		err := e.ingestDown(ctx, c, page.entries)
		if err != nil {
			e.dropConv(c)
		}
		if last {
			return err
		}
		page = <-next
		if err != nil {
			return err
		}
	}
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

// ingestDown takes a run that leads up to the lowest entry known, or to the head.
func (e *Engine) ingestDown(ctx context.Context, c *conversation, entries []*convo.Entry) (err error) {
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
	// What is in memory may be ahead of the store after an error.
	defer func() {
		if err != nil {
			e.dropConv(c)
		}
	}()
	f := e.newFold(c)
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
	if err := c.settleNamed(); err != nil {
		return err
	}
	return f.finish(ctx)
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
