package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// The tables of imported histories.
var (
	tableThread       = store.Table("it") // .ID(conversation): summary
	tableThreadNumber = store.Table("in") // .Uint64(search number): conversation
	tableImported     = store.Table("im") // .ID(conversation).Uint64(n): messages 64 n + 1 to 64 n + 64
	tableImportedIDs  = store.Table("ii") // .ID(conversation).Uint64(n): ids of messages 512 n + 1 and on
	tableImportedBig  = store.Table("il") // .ID(conversation).Uint64(ordinal): a large message
)

const (
	importedPerPage = 64
	importedIDsPer  = 512
	threadVersion   = 1
)

// thread is the summary of an imported conversation.
type thread struct {
	id           convo.ID
	number       uint32 // in the search index
	source       string
	title        string
	kind         convo.Kind
	owner        string
	participants []string
	count        uint64 // messages, deleted ones included: the last one's ordinal
	hidden       uint64 // deleted ones
	newestMS     uint64
	// unsorted says that a later import brought older messages, so that ordinals
	// do not follow time.
	unsorted bool
}

func (t *thread) append(b []byte) []byte {
	b = syntax.AppendUint16(b, threadVersion)
	b = append(b, t.id[:]...)
	b = syntax.AppendUint32(b, t.number)
	b = syntax.AppendString(b, t.source)
	b = syntax.AppendString(b, t.title)
	b = syntax.AppendUint8(b, uint8(t.kind))
	b = syntax.AppendString(b, t.owner)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, name := range t.participants {
			b = syntax.AppendString(b, name)
		}
		return b
	})
	b = syntax.AppendUint64(b, t.count)
	b = syntax.AppendUint64(b, t.hidden)
	b = syntax.AppendUint64(b, t.newestMS)
	return syntax.AppendBool(b, t.unsorted)
}

func parseThread(v []byte) (*thread, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != threadVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	t := new(thread)
	r.Copy(t.id[:])
	t.number = r.Uint32()
	t.source, t.title, t.kind, t.owner = r.String(), r.String(), convo.Kind(r.Uint8()), r.String()
	t.participants = syntax.List(r, (*syntax.Reader).String)
	t.count, t.hidden, t.newestMS, t.unsorted = r.Uint64(), r.Uint64(), r.Uint64(), r.Bool()
	if err := r.Done(); err != nil {
		return nil, damaged(err, "imported conversation")
	}
	return t, nil
}

// importedThread returns an imported conversation, or nil.
func (e *Engine) importedThread(ctx context.Context, id convo.ID) (*thread, error) {
	v, err := e.get(ctx, tableThread.ID(id[:]))
	if err != nil || v == nil {
		return nil, err
	}
	return parseThread(v)
}

// allThreads returns all imported conversations.
func (e *Engine) allThreads(ctx context.Context) ([]*thread, error) {
	var out []*thread
	err := e.cfg.Store.Scan(ctx, tableThread.Range(), func(_, v []byte) error {
		t, err := parseThread(v)
		out = append(out, t)
		return err
	})
	return out, err
}

// importedPage is up to 64 messages of a thread; nil is one that was deleted.
type importedPage []*payload.ImportedMessage

// Forms of a message in a page. A number's meaning never changes.
const (
	formDeleted = 0
	formInline  = 1
	formLarge   = 2 // in tableImportedBig
)

// importedPlace returns the page of an ordinal and its place there.
func importedPlace(ordinal uint64) (n uint64, at int) {
	return (ordinal - 1) / importedPerPage, int((ordinal - 1) % importedPerPage)
}

func (t *thread) loadPage(ctx context.Context, e *Engine, n uint64) (importedPage, error) {
	v, err := e.get(ctx, tableImported.ID(t.id[:]).Uint64(n))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, nil
	}
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != threadVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	var p importedPage
	for r.More() && len(p) < importedPerPage {
		switch r.Uint8() {
		case formDeleted:
			p = append(p, nil)
		case formInline:
			m := payload.ReadImportedMessage(r)
			p = append(p, &m)
		case formLarge:
			ordinal := n*importedPerPage + uint64(len(p)) + 1
			big, err := e.get(ctx, tableImportedBig.ID(t.id[:]).Uint64(ordinal))
			if err != nil {
				return nil, err
			}
			br := syntax.NewReader(big)
			m := payload.ReadImportedMessage(br)
			if err := br.Done(); err != nil {
				return nil, damaged(err, "imported message")
			}
			p = append(p, &m)
		default:
			r.Fail(syntax.ErrInvalidValue)
		}
	}
	if err := r.Done(); err != nil {
		return nil, damaged(err, "imported messages")
	}
	return p, nil
}

// setPage adds a page to a batch. Large messages are values of their own, so
// that a page stays below the limit of a value.
func (t *thread) setPage(b *store.Batch, n uint64, p importedPage) {
	v := syntax.AppendUint16(nil, threadVersion)
	for i, m := range p {
		if m == nil {
			v = syntax.AppendUint8(v, formDeleted)
			continue
		}
		encoded := m.Append(nil)
		if len(encoded) <= maxInline {
			v = append(syntax.AppendUint8(v, formInline), encoded...)
			continue
		}
		v = syntax.AppendUint8(v, formLarge)
		b.Set(tableImportedBig.ID(t.id[:]).Uint64(n*importedPerPage+uint64(i)+1).Bytes(), encoded)
	}
	b.Set(tableImported.ID(t.id[:]).Uint64(n).Bytes(), v)
}

// eachID calls f with the id of each message of a thread, deleted ones included.
func (t *thread) eachID(ctx context.Context, e *Engine, f func(id content.MessageID, ordinal uint64)) error {
	return e.cfg.Store.Scan(ctx, tableImportedIDs.ID(t.id[:]).Range(), func(key, v []byte) error {
		n, ok := store.Last(key)
		if !ok || len(v)%content.MessageIDSize != 0 {
			return damaged(nil, "imported message ids")
		}
		for i := range len(v) / content.MessageIDSize {
			f(content.MessageID(v[i*content.MessageIDSize:][:content.MessageIDSize]), n*importedIDsPer+uint64(i)+1)
		}
		return nil
	})
}

// knownIDs returns the ids of a thread's messages; of one that is not here, none.
func (e *Engine) knownIDs(ctx context.Context, id convo.ID) (map[content.MessageID]bool, error) {
	known := map[content.MessageID]bool{}
	t, err := e.importedThread(ctx, id)
	if err != nil || t == nil {
		return known, err
	}
	return known, t.eachID(ctx, e, func(id content.MessageID, _ uint64) { known[id] = true })
}
