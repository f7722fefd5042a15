package client

import (
	"context"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
)

// addDocs adds documents to the search index; many of them as two parts, made at
// the same time.
func (f *fold) addDocs(docs []search.Doc) error {
	const many = 1024
	if len(docs) < many {
		return f.e.searchIndex().Add(f.b, docs...)
	}
	var parts [2]store.Batch
	var errs [2]error
	half := len(docs) / 2
	f.e.cfg.Parallel(2, func(i int) {
		part := docs[:half]
		if i == 1 {
			part = docs[half:]
		}
		errs[i] = f.e.searchIndex().Add(&parts[i], part...)
	})
	for i := range parts {
		for _, op := range parts[i].Ops() {
			f.b.Set(op.Key, op.Value) // Add does nothing else
		}
	}
	return errors.Join(errs[:]...)
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
	if len(floating) > 0 {
		marks = append(slices.Clip(marks), floating...)
	}
	now := effectOf(r, marks)
	if r.kind == recordErased {
		f.settleMissing(r, now)
		return nil, nil
	}
	if r.kind == recordGone {
		return nil, f.dropMarks(ctx, r, func(*mark) bool { return true })
	}
	if r.kind != recordMessage {
		return nil, nil
	}
	isNew := f.fresh[seq] != nil
	if now.hidden || now.unsent {
		f.scrub(r, isNew)
		// What an edit or reaction has kept goes with it.
		return nil, f.dropMarks(ctx, r, func(m *mark) bool { return m.kind != markHide && m.kind != markUnsend })
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
		f.purge = true
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
		if text, fresh := f.texts[r.seq]; fresh {
			return text
		}
		raw, _ = f.e.contentOf(ctx, f.c, r)
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
