package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// fold gathers what a run of entries changes on this device into one batch:
// records, marks, the search index, the outbox and the conversation itself.
type fold struct {
	e     *Engine
	c     *conversation
	b     *store.Batch
	pages map[uint64]*foldPage
	last  *foldPage // the page asked for last, lastN
	lastN uint64
	marks map[uint64][]*mark
	dirty map[uint64]bool // pages of marks that changed
	// allMarks says that marks has all pages that there are.
	allMarks bool
	touched  map[uint64]bool // records that a new mark is about
	events   map[uint64]*record
	missing  map[uint64]bool
	kept     convo.LogHead // the lowest entry that is stored
	entries  int
	bytes    int                 // of the entries' bodies
	sent     map[[16]byte]uint64 // the outbox, by idempotency key; nil: not read
	// latestMS is when the newest entry of the run was accepted.
	latestMS uint64
	// purge says that the search index must forget something at once; purgeLater
	// that the caller sees to it.
	purge, purgeLater bool
	// scrubbed are entries that were taken out of the search index.
	scrubbed []uint64
}

func (e *Engine) newFold(c *conversation) *fold {
	return &fold{
		e: e, c: c, kept: c.st.Bottom, b: new(store.Batch), pages: map[uint64]*foldPage{}, marks: map[uint64][]*mark{}, dirty: map[uint64]bool{},
		touched: map[uint64]bool{}, events: map[uint64]*record{}, missing: map[uint64]bool{},
	}
}

// foldPage is a page of records that a fold has to do with.
type foldPage struct {
	*page
	fresh uint64           // a bit for each record that is new
	texts *[perPage]string // of new messages, what can be searched for
}

func (p *foldPage) isFresh(at int) bool { return p.fresh&(1<<at) != 0 }

func (p *foldPage) forget(at int) { p.fresh &^= 1 << at }

// setText notes what can be searched for in a new message.
func (p *foldPage) setText(at int, text string) {
	if p.texts == nil {
		p.texts = new([perPage]string)
	}
	p.texts[at] = text
}

// page returns a page of records, to be changed.
func (f *fold) page(ctx context.Context, n uint64) (*page, error) {
	p, err := f.folded(ctx, n)
	if err != nil {
		return nil, err
	}
	return p.page, nil
}

func (f *fold) folded(ctx context.Context, n uint64) (*foldPage, error) {
	if f.last != nil && f.lastN == n {
		return f.last, nil
	}
	p := f.pages[n]
	if p == nil {
		p = &foldPage{page: new(page)}
		if (n+1)*perPage > f.kept.Seq { // else it is below all that is stored
			var err error
			if p.page, err = f.e.loadPage(ctx, f.c, n); err != nil {
				return nil, err
			}
		}
		f.pages[n] = p
	}
	f.last, f.lastN = p, n
	return p, nil
}

func (f *fold) marksOf(ctx context.Context, n uint64) ([]*mark, error) {
	if list, ok := f.marks[n]; ok {
		return list, nil
	}
	if f.allMarks {
		return nil, nil
	}
	list, err := f.e.loadMarks(ctx, f.c, n)
	if err == nil {
		f.marks[n] = list
	}
	return list, err
}

// readMarks reads all marks of the conversation at once, for a fold that is to go
// over all of it.
func (f *fold) readMarks(ctx context.Context) error {
	r := tableMarks.ID(f.c.id[:]).Range()
	if err := f.e.settleIn(r); err != nil {
		return err
	}
	err := f.e.cfg.Store.Scan(ctx, r, func(key, v []byte) error {
		n, ok := store.Last(key)
		list, err := parseMarks(v)
		if err != nil || !ok {
			return damaged(err, "marks")
		}
		f.marks[n] = list
		return nil
	})
	f.allMarks = err == nil
	return err
}

// put stores an entry's record, unless the entry is there already.
func (f *fold) put(ctx context.Context, r *record) error {
	n, at := pageOf(r.seq)
	p, err := f.folded(ctx, n)
	if err != nil || p.page[at] != nil {
		return err
	}
	p.page[at] = r
	p.fresh |= 1 << at
	if !r.id.IsZero() && f.c.ids != nil {
		f.c.ids[r.id] = r.seq
	}
	return nil
}

// mark adds a mark.
func (f *fold) mark(ctx context.Context, m *mark) error {
	n := marksPage(m)
	list, err := f.marksOf(ctx, n)
	if err != nil {
		return err
	}
	f.marks[n] = addMark(list, m)
	f.dirty[n] = true
	if m.target != 0 {
		f.touched[m.target] = true
	}
	return nil
}

// event notes what a commit or leave entry means to people; silent stores it.
func (f *fold) event(x *convo.Entry, about account.ID, text string) {
	f.events[x.Seq] = &record{seq: x.Seq, link: x.Link, kind: recordEvent, account: about, atMS: x.AcceptedMS, text: text}
}

// noteCommit notes whom a commit has added or removed.
func (f *fold) noteCommit(ctx context.Context, x *convo.Entry) error {
	h, err := mls.ParseHeader(x.Body)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server accepted what is no commit")
	}
	at, err := placeOf(h)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server accepted what is no commit")
	}
	if at == (epochID{}) {
		f.event(x, x.Sender.Account, "created")
		return nil
	}
	before, err := f.participantsIn(ctx, at)
	if err != nil {
		return err
	}
	after, err := f.participantsIn(ctx, at.next())
	if err != nil {
		return err
	}
	for _, p := range after {
		if was, in := before.Role(p.Account); in && was != p.Role {
			f.event(x, p.Account, roleEvent(p.Role))
		}
	}
	for _, id := range participantsDiff(after, before) {
		f.event(x, id, "removed")
	}
	for _, id := range participantsDiff(before, after) {
		f.event(x, id, "added")
	}
	return nil
}

// participantsIn returns who took part in an epoch that was walked.
func (f *fold) participantsIn(ctx context.Context, at epochID) (convo.Participants, error) {
	row, err := f.e.epoch(ctx, f.c, at)
	if err != nil || row == nil {
		return nil, err
	}
	return row.participants(), nil
}

// silent stores an entry that is no message.
func (f *fold) silent(ctx context.Context, x *convo.Entry) error {
	if x.Kind == convo.EntryGeneration {
		o, err := openingOf(x)
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server accepted what opens no generation")
		}
		if err := f.headSeen(ctx, o.Log, x.Seq); err != nil {
			return err
		}
	}
	if r := f.events[x.Seq]; r != nil {
		f.c.st.ActivityMS = max(f.c.st.ActivityMS, r.atMS)
		return f.put(ctx, r)
	}
	return f.put(ctx, &record{seq: x.Seq, link: x.Link})
}

// headNamed checks that the log head which a message names is on the log. One
// that lies below what was read so far is checked when the reading gets there.
func (f *fold) headNamed(ctx context.Context, o *opened) error {
	return f.headSeen(ctx, o.header.Log, o.entry.Seq)
}

func (f *fold) headSeen(ctx context.Context, h convo.LogHead, by uint64) error {
	if h.Seq >= by {
		return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server accepted a message that names a head after itself")
	}
	link, ok, err := f.e.linkAt(ctx, f.c, h.Seq)
	if err != nil {
		return err
	}
	if !ok {
		if !slices.Contains(f.c.st.Named, h) {
			f.c.st.Named = append(f.c.st.Named, h)
		}
		return nil
	}
	if link != h.Link {
		return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "a message names a head that is not on this log: the server shows people different logs")
	}
	return nil
}

// finish closes the fold and applies its batch.
func (f *fold) finish(ctx context.Context) error {
	late, err := f.close(ctx, false)
	if err != nil {
		return err
	}
	if late.finish != nil {
		if err := late.finish(f.b); err != nil {
			return err
		}
	}
	if err := f.e.apply(ctx, f.b); err != nil {
		return err
	}
	f.e.owing.gathered.Drop(f.c.st.Number, f.scrubbed...)
	if !f.purge || f.purgeLater {
		return nil
	}
	return f.e.purgeIndex(ctx)
}

// close adds records, marks and the conversation to the batch; what is left to be
// added is its part of the search index. If it is to be gathered with others, the
// batch says that it is owed.
func (f *fold) close(ctx context.Context, gather bool) (lateBatch, error) {
	docs, err := f.index(ctx)
	if err != nil {
		return lateBatch{}, err
	}
	for n, p := range f.pages {
		setPage(f.b, f.c, n, p.page)
	}
	for n := range f.dirty {
		setMarks(f.b, f.c, n, f.marks[n])
	}
	if err := f.c.saveWalk(f.b); err != nil {
		return lateBatch{}, err
	}
	if err := f.e.saveAccused(ctx, f.b, f.c); err != nil {
		return lateBatch{}, err
	}
	f.c.save(f.b)
	f.e.news[f.c.id] = true
	late := lateBatch{batch: f.b}
	for i := range docs {
		late.weight += 2 * len(docs[i].Text) // itself, and about as much of an index
	}
	var later []search.Doc
	if gather {
		later, docs = parted(docs)
	}
	var run owedRun
	if len(later) > 0 {
		run = owedRun{f.c.id, later[0].Seq, later[len(later)-1].Seq}
		run.set(f.b)
	}
	if len(docs) == 0 && !gather {
		return late, nil
	}
	e, index, owing, number, scrubbed := f.e, f.e.searchIndex(), f.e.owing, f.c.st.Number, f.scrubbed
	late.finish = func(b *store.Batch) error {
		if err := index.Add(b, docs...); err != nil {
			return fault.Failed(err, "the search index cannot be written")
		}
		if !gather {
			return nil
		}
		owing.gathered.Drop(number, scrubbed...)
		if len(later) == 0 {
			return nil
		}
		return e.owe(owing, b, run, later)
	}
	return late, nil
}

// next is a fold that goes on downwards from f, whose batch may still be on its
// way: it takes over what it would else read from the store.
func (f *fold) next() *fold {
	g := f.e.newFold(f.c)
	g.marks, g.allMarks, g.sent = f.marks, f.allMarks, f.sent
	if n, at := pageOf(g.kept.Seq); at != 0 && f.pages[n] != nil {
		g.pages[n] = &foldPage{page: f.pages[n].page}
	}
	return g
}
