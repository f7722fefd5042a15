package client

import (
	"context"
	"maps"
	"math/bits"
	"slices"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/core/content"
)

// index works out what the search index and the counts must learn of records
// that are new or whose marks changed, and settles which bodies are missing.
func (f *fold) index(ctx context.Context) ([]search.Doc, error) {
	due, count := map[uint64]uint64{}, 0 // a bit for each record, by page
	for n, p := range f.pages {
		due[n] = p.fresh
		count += bits.OnesCount64(p.fresh)
	}
	for seq := range f.touched {
		n, at := pageOf(seq)
		due[n] |= 1 << at
	}
	floating, err := f.marksOf(ctx, floatingMarks)
	if err != nil {
		return nil, err
	}
	docs := make([]search.Doc, 0, count)
	for _, n := range slices.Sorted(maps.Keys(due)) {
		for left := due[n]; left != 0; left &= left - 1 {
			doc, ok, err := f.indexOne(ctx, n*perPage+uint64(bits.TrailingZeros64(left)), floating)
			if err != nil {
				return nil, err
			}
			if ok {
				docs = append(docs, doc)
			}
		}
	}
	return docs, nil
}

// noteText keeps what can be searched for in a message that was put.
func (f *fold) noteText(ctx context.Context, r *record, v *content.View) error {
	n, at := pageOf(r.seq)
	p, err := f.folded(ctx, n)
	if err == nil && p.page[at] == r {
		p.setText(at, searchText(v))
	}
	return err
}

func (f *fold) indexOne(ctx context.Context, seq uint64, floating []*mark) (doc search.Doc, ok bool, err error) {
	n, at := pageOf(seq)
	p, err := f.folded(ctx, n)
	if err != nil {
		return doc, false, err
	}
	r := p.page[at]
	if r == nil {
		return doc, false, nil // the message comes later
	}
	marks, err := f.marksOf(ctx, n)
	if err != nil {
		return doc, false, err
	}
	if len(floating) > 0 {
		marks = append(slices.Clip(marks), floating...)
	}
	now := effectOf(r, marks)
	if r.kind == recordErased {
		f.settleMissing(r, now)
		return doc, false, nil
	}
	if r.kind == recordGone {
		return doc, false, f.dropMarks(ctx, r, func(*mark) bool { return true })
	}
	if r.kind != recordMessage {
		return doc, false, nil
	}
	isNew := p.isFresh(at)
	if now.hidden && !now.unsent {
		if err := f.leave(ctx, r); err != nil {
			return doc, false, err
		}
	}
	if now.hidden || now.unsent {
		f.scrub(r, isNew)
		// What an edit or reaction has kept goes with it.
		return doc, false, f.dropMarks(ctx, r, func(m *mark) bool { return m.kind != markHide && m.kind != markUnsend })
	}
	if isNew {
		f.c.st.Messages++
	}
	text := f.text(ctx, p, at, now)
	if text == "" {
		return doc, false, nil
	}
	return search.Doc{Conv: f.c.st.Number, Seq: seq, Time: int64(r.atMS), Text: text, Replace: !isNew}, true, nil
}

// scrub takes a deleted message's content off this device.
func (f *fold) scrub(r *record, isNew bool) {
	if !isNew && (len(r.content) > 0 || r.large) {
		f.e.searchIndex().Remove(f.b, f.c.st.Number, r.seq)
		f.scrubbed = append(f.scrubbed, r.seq)
		f.purge = true
		f.c.st.Messages--
	}
	if !isNew {
		dropCopies(f.b, f.c, r.seq)
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
func (f *fold) text(ctx context.Context, p *foldPage, at int, now effect) string {
	if now.content == nil && p.isFresh(at) && p.texts != nil {
		return p.texts[at]
	}
	return f.e.storedText(ctx, f.c, p.page[at], now)
}

// storedText is what can be searched for in a message as it is stored.
func (e *Engine) storedText(ctx context.Context, c *conversation, r *record, now effect) string {
	raw := now.content
	if raw == nil {
		raw, _ = e.contentOf(ctx, c, r)
	}
	m, err := content.Parse(raw)
	if err != nil {
		return ""
	}
	v := m.View()
	return searchText(&v)
}

// searchText is what can be searched for in a content.
func searchText(v *content.View) string {
	text := asLabelled(v)
	for _, a := range v.Attachments {
		text += "\n" + a.Name
	}
	return text
}
