package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// sweepBatch is how many messages disappear in one batch.
const sweepBatch = 256

// sweep takes from this device what was to disappear by now: every operation
// begins with it.
func (e *Engine) sweep(ctx context.Context) error {
	swept := false
	for {
		due, err := e.dueEntries(ctx, sweepBatch)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			break
		}
		swept = true
		for len(due) > 0 {
			id := due[0].conv
			n := 0
			for n < len(due) && due[n].conv == id {
				n++
			}
			if err := e.sweepConv(ctx, id, due[:n]); err != nil {
				return err
			}
			due = due[n:]
		}
	}
	if !swept {
		return nil
	}
	return e.purgeIndex(ctx)
}

func (e *Engine) sweepConv(ctx context.Context, id convo.ID, due []dueEntry) error {
	var b store.Batch
	c, err := e.conv(ctx, id)
	if err != nil {
		return err
	}
	if c == nil {
		for _, d := range due {
			b.Delete(d.key)
		}
		return e.apply(ctx, &b)
	}
	f := e.newFold(c)
	f.purgeLater = true
	for _, d := range due {
		f.b.Delete(d.key)
		if d.seq == 0 {
			err = e.sweepOutbox(ctx, c, f.b)
		} else {
			err = f.disappear(ctx, d.seq)
		}
		if err != nil {
			return err
		}
	}
	if err := f.finish(ctx); err != nil {
		e.dropConv(c)
		return err
	}
	return nil
}

// sweepOutbox drops queued messages that were never sent and are over.
func (e *Engine) sweepOutbox(ctx context.Context, c *conversation, b *store.Batch) error {
	waiting, err := e.outbox(ctx, c)
	if err != nil {
		return err
	}
	for _, q := range waiting {
		m, err := content.Parse(q.content)
		if err != nil {
			return damaged(err, "outbox")
		}
		if over, err := e.over(ctx, overMS(m.Fields().Expires, q.atMS)); err != nil || !over {
			if err != nil {
				return err
			}
			continue
		}
		if err := e.unqueue(ctx, b, q); err != nil {
			return err
		}
	}
	return nil
}

// unqueue adds to a batch that a message is not sent after all, and its files
// are forgotten.
func (e *Engine) unqueue(ctx context.Context, b *store.Batch, q *queued) error {
	b.Delete(tableOutbox.Uint64(q.n).Bytes())
	b.Delete(tableSentKey.ID(q.idempotency[:]).Bytes())
	for _, u := range q.uploads {
		s, err := e.staged(ctx, u.blob)
		if err != nil {
			return err
		}
		if s != nil {
			s.drop(b)
		}
		setDoomed(b, u.blob)
	}
	return nil
}

// disappear takes a message whose time is over off this device, with all that
// others said about it. Its own files are to go from the server, too.
func (f *fold) disappear(ctx context.Context, seq uint64) error {
	n, at := pageOf(seq)
	p, err := f.page(ctx, n)
	if err != nil || p[at] == nil || p[at].kind != recordMessage {
		return err
	}
	if p[at].account == f.e.self.id {
		if err := f.doomFiles(ctx, p[at]); err != nil {
			return err
		}
	}
	return f.blank(ctx, seq)
}

// blank leaves of a message its place on the log and its id.
func (f *fold) blank(ctx context.Context, seq uint64) error {
	n, at := pageOf(seq)
	p, err := f.folded(ctx, n)
	if err != nil || p.page[at] == nil {
		return err
	}
	r := p.page[at]
	if r.kind == recordMessage {
		f.scrub(r, p.isFresh(at))
	}
	p.page[at] = &record{seq: r.seq, link: r.link, kind: recordGone, id: r.id}
	p.forget(at)
	return f.dropMarks(ctx, p.page[at], func(*mark) bool { return true })
}

// dropMarks removes marks on a record from this device.
func (f *fold) dropMarks(ctx context.Context, r *record, which func(*mark) bool) error {
	n, _ := pageOf(r.seq)
	for _, n := range []uint64{n, floatingMarks} {
		list, err := f.marksOf(ctx, n)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(list), func(m *mark) bool { return m.on(r) && which(m) })
		if len(kept) == len(list) {
			continue
		}
		f.marks[n], f.dirty[n] = kept, true
	}
	return nil
}

// purgeIndex takes from disk what the search index must not know any more.
func (e *Engine) purgeIndex(ctx context.Context) error {
	for {
		removed, err := e.searchIndex().Removed(ctx)
		if err != nil {
			return fault.Failed(err, "the search index cannot be read")
		}
		if !removed {
			return nil
		}
		if busy, err := e.compactIndex(ctx, 0); busy || err != nil {
			return err
		}
	}
}
