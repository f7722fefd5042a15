package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableOwed holds which stored messages the search index is still to be told of:
// .ID(conversation).Uint64(first entry); the value is the id, the first entry and the
// last. A row is written in one batch with the messages, and goes in one batch with
// the part of the index that has them.
var tableOwed = store.Table("si")

// Bounds of what is gathered before it becomes a part of the index, in documents and
// bytes. The largest parts are never merged again; a browser has less memory.
const (
	gatherDocs, gatherBytes         = 80 << 10, 28 << 20
	gatherDocsStepwise, gatherSmall = 32 << 10, 8 << 20
	// gatherText is how much text of one batch is gathered: longer texts are indexed
	// piece by piece, from the store.
	gatherText = 2 << 20
)

// owing is what a reading downwards has stored and the index does not have. Of what
// is gathered nothing was read from the store; of the rest there are the rows only,
// such as those that a crash has left. A batch on its way to the store owns it until
// settle.
type owing struct {
	gathered search.Gathering
	runs     []owedRun // whose documents are gathered
	// all says that there are no rows but those of runs.
	all bool
}

// owedRun is a run of entries of one conversation.
type owedRun struct {
	conv     convo.ID
	from, to uint64
}

func (r *owedRun) key() []byte { return tableOwed.ID(r.conv[:]).Uint64(r.from).Bytes() }

func (r *owedRun) set(b *store.Batch) {
	v := appendUint64(append([]byte(nil), r.conv[:]...), r.from)
	b.Set(r.key(), appendUint64(v, r.to))
}

func parseOwedRun(v []byte) (run owedRun, err error) {
	r := syntax.NewReader(v)
	r.Copy(run.conv[:])
	if run.from, run.to = r.Uint64(), r.Uint64(); run.from == 0 {
		r.Fail(syntax.ErrInvalidValue)
	}
	return run, r.Done()
}

// full reports whether what is gathered is worth a part of the index.
func (e *Engine) full(o *owing) bool {
	if e.cfg.Stepwise {
		return o.gathered.Docs() >= gatherDocsStepwise || o.gathered.Size() >= gatherSmall
	}
	return o.gathered.Docs() >= gatherDocs || o.gathered.Size() >= gatherBytes
}

// parted tells documents that are new from those that replace others.
func parted(docs []search.Doc) (fresh, replacing []search.Doc) {
	for i := range docs {
		if docs[i].Replace {
			replacing = append(replacing, docs[i])
		} else {
			fresh = append(fresh, docs[i])
		}
	}
	return fresh, replacing
}

// owe adds the documents of a run, which the batch stores, to what is gathered; once
// that is enough, to the batch.
func (e *Engine) owe(o *owing, b *store.Batch, run owedRun, docs []search.Doc) error {
	text := 0
	for i := range docs {
		text += len(docs[i].Text)
	}
	if text > gatherText {
		o.all = false
		return nil
	}
	o.gathered.Add(docs...)
	o.runs = append(o.runs, run)
	if !e.full(o) {
		return nil
	}
	return e.pay(o, b)
}

// pay adds what is gathered to the batch, as a part of the index.
func (e *Engine) pay(o *owing, b *store.Batch) error {
	if err := e.searchIndex().AddGathered(b, &o.gathered); err != nil {
		return fault.Failed(err, "the search index cannot be written")
	}
	for i := range o.runs {
		b.Delete(o.runs[i].key())
	}
	o.runs = nil
	return nil
}

// indexOwed tells the search index of every stored message that it does not know.
// It comes before a question, and before the index is compacted, which forgets what
// hides a deleted message.
func (e *Engine) indexOwed(ctx context.Context) error {
	if err := e.settle(); err != nil {
		return err
	}
	o := e.owing
	left, err := e.leftOwed(ctx, o)
	if err != nil {
		return err
	}
	for i := range left {
		if err := e.gatherRun(ctx, o, left[i]); err != nil {
			e.owing = new(owing) // what is gathered of half a run has no row of its own
			return err
		}
	}
	o.all = true
	return e.payNow(ctx, o, nil)
}

// payNow is pay with a batch of its own. rest, if not nil, is what is left of the run
// that is being gathered.
func (e *Engine) payNow(ctx context.Context, o *owing, rest *owedRun) error {
	if len(o.runs) == 0 && rest == nil {
		return nil
	}
	var b store.Batch
	if err := e.pay(o, &b); err != nil {
		return err
	}
	if rest != nil {
		rest.set(&b)
	}
	return e.apply(ctx, &b)
}

// leftOwed returns the runs of which there are rows only.
func (e *Engine) leftOwed(ctx context.Context, o *owing) (left []owedRun, err error) {
	if o.all {
		return nil, nil
	}
	err = e.cfg.Store.Scan(ctx, tableOwed.Range(), func(_, v []byte) error {
		run, err := parseOwedRun(v)
		if err != nil {
			return damaged(err, "what the search index does not have")
		}
		if !slices.ContainsFunc(o.runs, func(r owedRun) bool { return r.conv == run.conv && r.from == run.from }) {
			left = append(left, run)
		}
		return nil
	})
	return left, err
}

// gatherRun gathers the documents of a run from what is stored of it now: edited,
// and without what was deleted. What becomes too much is written on the way.
func (e *Engine) gatherRun(ctx context.Context, o *owing, run owedRun) error {
	c, err := e.conv(ctx, run.conv)
	if err != nil {
		return err
	}
	if c == nil {
		run.to = 0 // there is nothing to be found
	} else {
		run.to = min(run.to, c.st.Top.Seq)
	}
	for run.from <= run.to {
		docs, lowest, err := e.storedDocs(ctx, c, run)
		if err != nil {
			return err
		}
		for i := range docs {
			o.gathered.Add(docs[i])
			if !e.full(o) {
				continue
			}
			run.to = docs[i].Seq - 1
			if run.to < run.from {
				break // this was its last
			}
			if err := e.payNow(ctx, o, &run); err != nil {
				return err
			}
		}
		run.to = min(run.to, max(lowest*perPage, 1)-1)
	}
	o.runs = append(o.runs, run)
	if !e.full(o) {
		return nil
	}
	return e.payNow(ctx, o, nil)
}

// gatherPages is how many pages of a run are read at once.
const gatherPages = 32

// storedDocs returns what can be searched for in the uppermost pages of a run, the
// last entry first, and the lowest of those pages. They are read on all cores: after a
// crash a person waits for it.
func (e *Engine) storedDocs(ctx context.Context, c *conversation, run owedRun) (docs []search.Doc, lowest uint64, err error) {
	floating, err := e.loadMarks(ctx, c, floatingMarks)
	if err != nil {
		return nil, 0, err
	}
	lowest, _ = pageOf(run.from)
	highest, _ := pageOf(run.to)
	lowest = max(lowest, highest-min(highest, gatherPages-1))
	n := int(highest-lowest) + 1
	parts, errs := make([][]search.Doc, n), make([]error, n)
	e.cfg.Parallel(n, func(i int) { parts[i], errs[i] = e.pageDocs(ctx, c, highest-uint64(i), run, floating) })
	for _, err := range errs {
		if err != nil {
			return nil, 0, err
		}
	}
	return slices.Concat(parts...), lowest, nil
}

// pageDocs returns what can be searched for in a page's entries of a run, the last one
// first. It changes nothing, so that several may be at work.
func (e *Engine) pageDocs(ctx context.Context, c *conversation, n uint64, run owedRun, floating []*mark) ([]search.Doc, error) {
	p, err := e.loadPage(ctx, c, n)
	if err != nil {
		return nil, err
	}
	marks, err := e.loadMarks(ctx, c, n)
	if err != nil {
		return nil, err
	}
	marks = append(slices.Clip(marks), floating...)
	var docs []search.Doc
	for _, r := range slices.Backward(p[:]) {
		if r == nil || r.kind != recordMessage || r.seq < run.from || r.seq > run.to {
			continue
		}
		now := effectOf(r, marks)
		if now.hidden || now.unsent {
			continue
		}
		if text := e.storedText(ctx, c, r, now); text != "" {
			docs = append(docs, search.Doc{Conv: c.st.Number, Seq: r.seq, Time: int64(r.atMS), Text: text})
		}
	}
	return docs, nil
}
