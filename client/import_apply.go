package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// applyImport stores what a payload of imported messages holds. Messages that
// are here already, or were here and deleted, are left out, so that applying it
// again changes nothing; it has a batch of its own.
func (e *Engine) applyImport(ctx context.Context, _ *store.Batch, _ uint64, body []byte) error {
	p, known, err := payload.ParseImport(body)
	if err != nil {
		return fault.Failed(err, "an entry of the private log cannot be read")
	}
	if !known {
		return nil // of a later version of this program
	}
	x := &importing{e: e, threads: map[convo.ID]*openThread{}}
	for i := range p.Runs {
		if err := x.take(ctx, p.Source, &p.Runs[i]); err != nil {
			return err
		}
	}
	return x.finish(ctx)
}

// importing gathers what one payload changes.
type importing struct {
	e       *Engine
	b       store.Batch
	threads map[convo.ID]*openThread
	docs    []search.Doc
	numbers uint64 // conversations numbered so far; 0: not read
}

// openThread is a thread to which messages are added.
type openThread struct {
	*thread
	known map[content.MessageID]bool
	pages map[uint64]importedPage
	ids   map[uint64][]byte
}

func (x *importing) take(ctx context.Context, source string, run *payload.ImportRun) error {
	t, err := x.open(ctx, source, run)
	if err != nil {
		return err
	}
	t.title, t.kind, t.owner = run.Title, run.Kind, run.Owner
	if run.Participants != nil {
		t.participants = run.Participants
	}
	for i := range run.Messages {
		m := &run.Messages[i]
		if t.known[m.ID] {
			continue
		}
		t.known[m.ID] = true
		if err := x.add(ctx, t, m); err != nil {
			return err
		}
	}
	return nil
}

func (x *importing) open(ctx context.Context, source string, run *payload.ImportRun) (*openThread, error) {
	id := payload.ImportedThreadID(x.e.self.id, source, run.Thread)
	if t := x.threads[id]; t != nil {
		return t, nil
	}
	known, err := x.e.knownIDs(ctx, id)
	if err != nil {
		return nil, err
	}
	t, err := x.e.importedThread(ctx, id)
	if err != nil {
		return nil, err
	}
	if t == nil {
		t = &thread{id: id, source: source}
		if t.number, err = x.nextNumber(ctx); err != nil {
			return nil, err
		}
		x.b.Set(tableThreadNumber.Uint64(uint64(t.number)).Bytes(), id[:])
	}
	o := &openThread{thread: t, known: known, pages: map[uint64]importedPage{}, ids: map[uint64][]byte{}}
	x.threads[id] = o
	return o, nil
}

// nextNumber numbers a thread for the search index, in one row with the other
// conversations.
func (x *importing) nextNumber(ctx context.Context) (uint32, error) {
	if x.numbers == 0 {
		v, err := x.e.get(ctx, keyConvCount)
		if err != nil {
			return 0, err
		}
		x.numbers = readUint64(v)
	}
	x.numbers++
	x.b.Set(keyConvCount.Bytes(), appendUint64(nil, x.numbers))
	return uint32(x.numbers), nil
}

// add puts a message at a thread's end.
func (x *importing) add(ctx context.Context, t *openThread, m *payload.ImportedMessage) error {
	t.count++
	if m.TimeMS < t.newestMS {
		t.unsorted = true
	}
	t.newestMS = max(t.newestMS, m.TimeMS)
	n, at := importedPlace(t.count)
	p, ok := t.pages[n]
	if !ok {
		var err error
		if p, err = t.loadPage(ctx, x.e, n); err != nil {
			return err
		}
	}
	if len(p) != at {
		return damaged(nil, "imported messages")
	}
	t.pages[n] = append(p, m)
	n = (t.count - 1) / importedIDsPer
	ids, ok := t.ids[n]
	if !ok {
		v, err := x.e.get(ctx, tableImportedIDs.ID(t.id[:]).Uint64(n))
		if err != nil {
			return err
		}
		ids = append([]byte(nil), v...)
	}
	t.ids[n] = append(ids, m.ID[:]...)
	if text := searchable(m); text != "" {
		x.docs = append(x.docs, search.Doc{Conv: t.number, Seq: t.count, Time: int64(m.TimeMS), Text: text})
	}
	return nil
}

// searchable is what can be searched for in a message.
func searchable(m *payload.ImportedMessage) string {
	if m.Unsent {
		return ""
	}
	text := m.Text
	for i := range m.Files {
		text += "\n" + m.Files[i].Name
	}
	return text
}

func (x *importing) finish(ctx context.Context) error {
	for _, t := range x.threads {
		for n, p := range t.pages {
			t.setPage(&x.b, n, p)
		}
		for n, ids := range t.ids {
			x.b.Set(tableImportedIDs.ID(t.id[:]).Uint64(n).Bytes(), ids)
		}
		x.b.Set(tableThread.ID(t.id[:]).Bytes(), t.append(nil))
	}
	if len(x.docs) > 0 {
		if err := x.e.searchIndex().Add(&x.b, x.docs...); err != nil {
			return fault.Failed(err, "the search index cannot be written")
		}
	}
	if x.b.Len() == 0 {
		return nil
	}
	return x.e.apply(ctx, &x.b)
}

// hideImported deletes imported messages from this device; ids that are not
// here, or were deleted before, change nothing. It has a batch of its own.
func (e *Engine) hideImported(ctx context.Context, _ *store.Batch, ids []content.MessageID) error {
	wanted := map[content.MessageID]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	threads, err := e.allThreads(ctx)
	if err != nil {
		return err
	}
	var b store.Batch
	for _, t := range threads {
		if err := e.hideInThread(ctx, &b, t, wanted); err != nil {
			return err
		}
	}
	if b.Len() == 0 {
		return nil
	}
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	return e.purgeIndex(ctx)
}

func (e *Engine) hideInThread(ctx context.Context, b *store.Batch, t *thread, wanted map[content.MessageID]bool) error {
	var found []uint64
	err := t.eachID(ctx, e, func(id content.MessageID, ordinal uint64) {
		if wanted[id] {
			found = append(found, ordinal)
		}
	})
	if err != nil {
		return err
	}
	pages := map[uint64]importedPage{}
	for _, ordinal := range found {
		n, at := importedPlace(ordinal)
		if pages[n] == nil {
			if pages[n], err = t.loadPage(ctx, e, n); err != nil {
				return err
			}
		}
		if at >= len(pages[n]) {
			return damaged(nil, "imported messages")
		}
		if pages[n][at] == nil {
			continue
		}
		for _, a := range pages[n][at].Files {
			if blob, ok := blob.Of(a.URL); ok {
				setLetGo(b, blob) // nobody else has it, but a forward may
			}
		}
		pages[n][at] = nil
		t.hidden++
		b.Delete(tableImportedBig.ID(t.id[:]).Uint64(ordinal).Bytes())
		e.searchIndex().Remove(b, t.number, ordinal)
	}
	for n, p := range pages {
		t.setPage(b, n, p)
	}
	if len(found) > 0 {
		b.Set(tableThread.ID(t.id[:]).Bytes(), t.append(nil))
	}
	return nil
}
