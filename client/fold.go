package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// fold gathers what a run of entries changes on this device into one batch:
// records, marks, the search index, the outbox and the conversation itself.
type fold struct {
	e     *Engine
	c     *conversation
	b     *store.Batch
	pages map[uint64]*page
	marks map[uint64][]*mark
	dirty map[uint64]bool // pages of marks that changed
	// fresh are records that are new, touched those that a new mark is about.
	fresh   map[uint64]*record
	touched map[uint64]bool
	events  map[uint64]*record
	missing map[uint64]bool
	sent    map[[16]byte]uint64 // the outbox, by idempotency key; nil: not read
}

func (e *Engine) newFold(c *conversation) *fold {
	return &fold{
		e: e, c: c, b: new(store.Batch), pages: map[uint64]*page{}, marks: map[uint64][]*mark{}, dirty: map[uint64]bool{},
		fresh: map[uint64]*record{}, touched: map[uint64]bool{}, events: map[uint64]*record{}, missing: map[uint64]bool{},
	}
}

func (f *fold) page(ctx context.Context, n uint64) (*page, error) {
	if p, ok := f.pages[n]; ok {
		return p, nil
	}
	p, err := f.e.loadPage(ctx, f.c, n)
	if err == nil {
		f.pages[n] = p
	}
	return p, err
}

func (f *fold) marksOf(ctx context.Context, n uint64) ([]*mark, error) {
	if list, ok := f.marks[n]; ok {
		return list, nil
	}
	list, err := f.e.loadMarks(ctx, f.c, n)
	if err == nil {
		f.marks[n] = list
	}
	return list, err
}

// put stores an entry's record, unless the entry is there already.
func (f *fold) put(ctx context.Context, r *record) error {
	n, at := pageOf(r.seq)
	p, err := f.page(ctx, n)
	if err != nil || p[at] != nil {
		return err
	}
	p[at] = r
	f.fresh[r.seq] = r
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
		return broken(PromiseProved, err, "the server accepted what is no commit")
	}
	at, err := placeOf(h)
	if err != nil {
		return broken(PromiseProved, err, "the server accepted what is no commit")
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
			return broken(PromiseProved, err, "the server accepted what opens no generation")
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

// message stores a message entry: as a record, or as a mark on another one.
func (f *fold) message(ctx context.Context, o *opened) error {
	if err := f.headNamed(ctx, o); err != nil {
		return err
	}
	if err := f.forgetSent(ctx, o); err != nil {
		return err
	}
	x := o.entry
	r := &record{seq: x.Seq, link: x.Link, account: x.Sender.Account, atMS: x.AcceptedMS}
	switch {
	case x.Erased():
		r.kind = recordErased
		if o.header.Purpose == convo.PurposeMessage && !f.expired(o) {
			f.missing[x.Seq] = true
		} else {
			r = &record{seq: x.Seq, link: x.Link}
		}
	case o.unreadable:
		r.kind = recordUnreadable
		if o.locked {
			f.c.st.lock(x.Seq)
		}
		if o.header.Purpose != convo.PurposeMessage || f.before(ctx, o) {
			r = &record{seq: x.Seq, link: x.Link}
		}
	default:
		return f.readable(ctx, o, r)
	}
	f.c.st.ActivityMS = max(f.c.st.ActivityMS, x.AcceptedMS)
	return f.put(ctx, r)
}

// before reports whether an unreadable entry is older than this account's part
// in the conversation: nothing was ever meant for it there.
func (f *fold) before(ctx context.Context, o *opened) bool {
	row, err := f.e.epoch(ctx, f.c, epochOf(o.entry))
	if err != nil || row == nil {
		return true
	}
	return !f.e.takesPart(row.record)
}

func (f *fold) expired(o *opened) bool {
	return o.header.EraseAfterMS != 0 && o.header.EraseAfterMS <= uint64(f.e.serverNow().UnixMilli())
}

// readable stores a message that was opened.
func (f *fold) readable(ctx context.Context, o *opened, r *record) error {
	seq, again, err := f.e.seqOf(ctx, f.c, o.id)
	switch {
	case err != nil:
		return err
	case again && seq < r.seq:
		// A second entry with the same message id.
		return f.put(ctx, &record{seq: r.seq, link: r.link})
	case again && seq > r.seq:
		// Reading downwards, the second one came first.
		if err := f.silence(ctx, seq); err != nil {
			return err
		}
	}
	quiet := &record{seq: r.seq, link: r.link, kind: recordMark, account: r.account, atMS: r.atMS, id: o.id}
	m := &mark{id: o.view.Target, by: r.account, seq: r.seq, atMS: r.atMS, own: o.id}
	switch o.view.Kind {
	case content.KindEdit:
		m.kind, m.target, m.data = markEdit, o.header.Target, o.msg.Bytes()
	case content.KindUnsend:
		m.kind, m.target = markUnsend, o.header.Target
	case content.KindReaction:
		m.kind, m.data = markReact, []byte(o.view.Text)
	case content.KindUnreaction:
		m.kind, m.ref, m.id = markUnreact, o.view.Target, o.msg.Fields().InReplyTo
	case content.KindInfo:
		return f.info(ctx, o, r)
	default:
		r.kind, r.id, r.content = recordMessage, o.id, o.msg.Bytes()
		f.c.st.ActivityMS = max(f.c.st.ActivityMS, r.atMS)
		return f.put(ctx, r)
	}
	if m.target == 0 {
		m.target = targetHint(o.msg)
	}
	if m.target == 0 {
		seq, ok, err := f.e.seqOf(ctx, f.c, m.id)
		if err != nil {
			return err
		}
		if ok {
			m.target = seq
		}
	}
	if err := f.mark(ctx, m); err != nil {
		return err
	}
	return f.put(ctx, quiet)
}

// silence takes back what an entry was taken for, before an earlier one with the
// same message id was met. Its mark, if it made one, gives way in mark.
func (f *fold) silence(ctx context.Context, seq uint64) error {
	n, at := pageOf(seq)
	p, err := f.page(ctx, n)
	if err != nil || p[at] == nil {
		return err
	}
	if p[at].kind == recordMessage {
		isNew := f.fresh[seq] != nil
		if !isNew {
			f.scrub(p[at], false)
		}
	}
	p[at] = &record{seq: seq, link: p[at].link}
	delete(f.fresh, seq)
	return nil
}

// info takes a conversation's name from an entitled sender: an admin or owner,
// or whoever created it.
func (f *fold) info(ctx context.Context, o *opened, r *record) error {
	role, in := f.c.st.Participants.Role(r.account)
	if r.seq > f.c.st.InfoSeq && in && (role > convo.Member || f.c.st.Kind == convo.Direct || f.sameName(o)) {
		if f.c.st.Name != o.view.Info.Name && f.c.st.InfoSeq != 0 {
			r.text = "renamed"
		}
		f.c.st.InfoSeq, f.c.st.Name = r.seq, o.view.Info.Name
	}
	r.id, r.kind = o.id, recordMark
	if r.text != "" {
		r.kind = recordEvent
	}
	return f.put(ctx, r)
}

// sameName lets whoever adds a participant send the name anew, for them to see.
func (f *fold) sameName(o *opened) bool {
	return f.c.st.Name == "" || f.c.st.Name == o.view.Info.Name
}

// headNamed checks that the log head which a message names is on the log. One
// that lies below what was read so far is checked when the reading gets there.
func (f *fold) headNamed(ctx context.Context, o *opened) error {
	return f.headSeen(ctx, o.header.Log, o.entry.Seq)
}

func (f *fold) headSeen(ctx context.Context, h convo.LogHead, by uint64) error {
	if h.Seq >= by {
		return broken(PromiseProved, convo.ErrBadLink, "the server accepted a message that names a head after itself")
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
		return broken(PromiseProved, convo.ErrBadLink, "a message names a head that is not on this log: the server shows people different logs")
	}
	return nil
}

// finish adds records, marks, search and the conversation to the batch, and
// applies it.
func (f *fold) finish(ctx context.Context) error {
	docs, err := f.index(ctx)
	if err != nil {
		return err
	}
	for n, p := range f.pages {
		setPage(f.b, f.c, n, p)
	}
	for n := range f.dirty {
		setMarks(f.b, f.c, n, f.marks[n])
	}
	if len(docs) > 0 {
		if err := f.e.searchIndex().Add(f.b, docs...); err != nil {
			return failed(err, "the search index cannot be written")
		}
	}
	if err := f.c.saveWalk(f.b); err != nil {
		return err
	}
	f.c.save(f.b)
	return f.e.apply(ctx, f.b)
}

// index works out what the search index and the counts must learn of records
// that are new or whose marks changed, and settles which bodies are missing.
func (f *fold) index(ctx context.Context) ([]search.Doc, error) {
	seqs := map[uint64]bool{}
	for seq := range f.fresh {
		seqs[seq] = true
	}
	for seq := range f.touched {
		seqs[seq] = true
	}
	order := make([]uint64, 0, len(seqs))
	for seq := range seqs {
		order = append(order, seq)
	}
	slices.Sort(order)
	floating, err := f.marksOf(ctx, floatingMarks)
	if err != nil {
		return nil, err
	}
	var docs []search.Doc
	for _, seq := range order {
		doc, err := f.indexOne(ctx, seq, floating)
		if err != nil {
			return nil, err
		}
		if doc != nil {
			docs = append(docs, *doc)
		}
	}
	return docs, nil
}

func (f *fold) indexOne(ctx context.Context, seq uint64, floating []*mark) (*search.Doc, error) {
	n, at := pageOf(seq)
	p, err := f.page(ctx, n)
	if err != nil {
		return nil, err
	}
	r := p[at]
	if r == nil {
		return nil, nil // the message comes later
	}
	marks, err := f.marksOf(ctx, n)
	if err != nil {
		return nil, err
	}
	now := effectOf(r, append(slices.Clip(marks), floating...))
	if r.kind == recordErased {
		f.settleMissing(r, now)
		return nil, nil
	}
	if r.kind != recordMessage {
		return nil, nil
	}
	isNew := f.fresh[seq] != nil
	if now.hidden || now.unsent {
		f.scrub(r, isNew)
		return nil, nil
	}
	if isNew {
		f.c.st.Messages++
	}
	text := f.text(ctx, r, now)
	if text == "" {
		return nil, nil
	}
	return &search.Doc{Conv: f.c.st.Number, Seq: seq, Time: int64(r.atMS), Text: text, Replace: !isNew}, nil
}

// scrub takes a deleted message's content off this device.
func (f *fold) scrub(r *record, isNew bool) {
	if !isNew && (len(r.content) > 0 || r.large) {
		f.e.searchIndex().Remove(f.b, f.c.st.Number, r.seq)
		f.c.st.Messages--
	}
	if r.large {
		f.b.Delete(tableLarge.ID(f.c.id[:]).Uint64(r.seq).Bytes())
	}
	r.content, r.large = nil, false
}

// settleMissing decides whether a missing body is excused: by an unsend of its
// sender that names it, or by the own deletion. Its expiry was looked at before.
func (f *fold) settleMissing(r *record, now effect) {
	if !f.missing[r.seq] && !slices.Contains(f.c.st.Missing, r.seq) {
		return
	}
	f.c.st.Missing = slices.DeleteFunc(f.c.st.Missing, func(n uint64) bool { return n == r.seq })
	if !now.unsent && !now.hidden {
		f.c.st.Missing = append(f.c.st.Missing, r.seq)
	}
}

// text is what can be searched for in a message.
func (f *fold) text(ctx context.Context, r *record, now effect) string {
	raw := now.content
	if raw == nil {
		raw, _ = f.e.contentOf(ctx, f.c, r)
	}
	m, err := content.Parse(raw)
	if err != nil {
		return ""
	}
	v := m.View()
	text := v.Text
	for _, a := range v.Attachments {
		text += "\n" + a.Name
	}
	return text
}
