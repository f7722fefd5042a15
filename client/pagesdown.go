package client

import (
	"context"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// pagesAhead is how many pages of a log are fetched before they are asked for,
// besides the one that is on its way.
const pagesAhead = 2

// descent is a page of the log, read downwards.
type descent struct {
	from    uint64         // the entry that was asked for
	entries []*convo.Entry // ascending; each has the link that its predecessor's gives
	err     error
}

// pagesDown reads a conversation's log downwards, some pages ahead of who takes
// them. It runs beside the engine, and so takes nothing of the conversation but
// its id.
type pagesDown struct {
	e           *Engine
	id          convo.ID
	size, limit int          // entries of the first page, and of all together; 0: no limit
	pages       chan descent // nil: nothing is read ahead; closed at the end
	cancel      context.CancelFunc
}

// pagesDown returns a reading that has not begun.
func (e *Engine) pagesDown(id convo.ID, size, limit int) *pagesDown {
	return &pagesDown{e: e, id: id, size: size, limit: limit}
}

// begin begins to read ahead, once start has told from where.
func (p *pagesDown) begin(ctx context.Context, start func(context.Context) (from uint64, ok bool)) {
	ctx, p.cancel = context.WithCancel(ctx)
	pages := make(chan descent, pagesAhead)
	p.pages = pages
	client := p.e.beside()
	go func() {
		defer close(pages)
		from, ok := start(ctx)
		for n, size := 0, p.size; ok; size = perRead {
			d := descend(ctx, client, p.id, from, size)
			select {
			case pages <- d:
			case <-ctx.Done():
				return
			}
			if n += len(d.entries); d.ends() || p.limit > 0 && n >= p.limit {
				return
			}
			from = d.entries[0].Seq
		}
	}()
}

// next returns the page that leads down from an entry.
func (p *pagesDown) next(ctx context.Context, from uint64) descent {
	if p.pages != nil {
		if d, ok := <-p.pages; ok && d.from == from && !errors.Is(d.err, errAskAgain) {
			return d
		}
		p.stop()
	}
	d := descend(ctx, p.e.conversations(), p.id, from, p.size)
	if p.limit > 0 {
		if p.limit -= len(d.entries); p.limit <= 0 {
			return d
		}
	}
	if p.size = perRead; !d.ends() {
		lowest := d.entries[0].Seq
		p.begin(ctx, func(context.Context) (uint64, bool) { return lowest, true })
	}
	return d
}

// stop ends the reading and waits for its end.
func (p *pagesDown) stop() {
	if p.pages == nil {
		return
	}
	p.cancel()
	for range p.pages {
	}
	p.pages = nil
}

// ends reports whether nothing is to be read below a page.
func (d *descent) ends() bool { return d.err != nil || len(d.entries) == 0 || d.entries[0].Seq <= 1 }

// descend reads entries downwards from one that is known, or from the head: its
// link vouches for those below.
func descend(ctx context.Context, client wire.ConversationClient, id convo.ID, from uint64, n int) descent {
	d := descent{from: from}
	r, err := client.ReadLog(ctx, &wire.ReadLogRequest{
		Conversation: id[:], FromSeq: from, Limit: uint32(min(n+1, perRead)), Descending: true,
	})
	if err != nil {
		d.err = fault.FromServer(err)
		return d
	}
	d.entries = make([]*convo.Entry, len(r.Entries))
	for i := range r.Entries {
		if d.entries[i], err = parseEntry(&r.Entries[i]); err != nil {
			d.err = fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
			return d
		}
	}
	slices.Reverse(d.entries)
	var before *convo.LogHead
	if len(d.entries) > 0 && d.entries[0].Seq == 1 {
		before = &convo.LogHead{}
	}
	if err := convo.CheckRun(before, d.entries, nil); err != nil {
		d.err = fault.Broken(fault.PromiseProved, err, "the log that the server sent does not verify")
	}
	return d
}
