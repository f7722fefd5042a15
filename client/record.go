package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// recordKind says what a log entry is to a reader.
type recordKind uint8

// The kinds of record. A number's meaning never changes.
const (
	recordSilent     recordKind = 0 // nothing to show; kept for its link
	recordMessage    recordKind = 1
	recordEvent      recordKind = 2 // text is the event
	recordUnreadable recordKind = 3 // opens for nobody with this device's keys
	recordErased     recordKind = 4 // the server no longer has the body
	recordMark       recordKind = 5 // what it says stands in a mark; kept for its id
	recordGone       recordKind = 6 // has disappeared or was cleared; kept for its id
)

// record is what a device stores of one log entry.
type record struct {
	seq  uint64
	link [32]byte
	kind recordKind
	// What follows is empty in a silent record.
	account account.ID
	atMS    uint64
	id      content.MessageID
	content []byte // encoded content message; nil with large
	large   bool   // the content is a value of its own
	text    string // of an event, or a sender's name in an imported history
}

const (
	perPage       = 64
	recordVersion = 1
	// maxInline is the size of a content that stands in the page itself: 64 of
	// them stay below the limit of a value.
	maxInline = 32 << 10
)

// page is the records of up to 64 entries, by place.
type page [perPage]*record

func pageOf(seq uint64) (n uint64, at int) { return seq / perPage, int(seq % perPage) }

func (p *page) append(b []byte) []byte {
	b = syntax.AppendUint16(b, recordVersion)
	for i, r := range p {
		if r == nil {
			continue
		}
		b = syntax.AppendUint8(b, uint8(i))
		b = r.append(b)
	}
	return b
}

// size is how many bytes append adds at most.
func (r *record) size() int {
	const fixed = 1 + 8 + 32 + 1 + 32 + 8 + 32 + 1 // place, seq, link, kind, account, time, id, large
	const lengths = 4 + 4
	if r.large {
		return fixed + lengths + len(r.text)
	}
	return fixed + lengths + len(r.content) + len(r.text)
}

func (r *record) append(b []byte) []byte {
	b = syntax.AppendUint64(b, r.seq)
	b = append(b, r.link[:]...)
	b = syntax.AppendUint8(b, uint8(r.kind))
	if r.kind == recordSilent {
		return b
	}
	b = append(b, r.account[:]...)
	b = syntax.AppendUint64(b, r.atMS)
	b = append(b, r.id[:]...)
	b = syntax.AppendBool(b, r.large)
	if r.large {
		b = syntax.AppendOpaque(b, nil)
	} else {
		b = syntax.AppendOpaque(b, r.content)
	}
	return syntax.AppendString(b, r.text)
}

func parsePage(v []byte) (*page, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != recordVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	p := new(page)
	for r.More() {
		at := r.Uint8()
		x := syntax.New[record](r)
		x.seq = r.Uint64()
		r.Copy(x.link[:])
		x.kind = recordKind(r.Uint8())
		if x.kind != recordSilent {
			r.Copy(x.account[:])
			x.atMS = r.Uint64()
			r.Copy(x.id[:])
			x.large = r.Bool()
			x.content = r.Opaque()
			x.text = r.String()
		}
		if at >= perPage || int(x.seq%perPage) != int(at) {
			r.Fail(syntax.ErrInvalidValue)
			break
		}
		p[at] = x
	}
	return p, r.Done()
}

// loadPage reads a page of a conversation; one that is not there is empty.
func (e *Engine) loadPage(ctx context.Context, c *conversation, n uint64) (*page, error) {
	v, err := e.get(ctx, tablePage.ID(c.id[:]).Uint64(n))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return new(page), nil
	}
	p, err := parsePage(v)
	if err != nil {
		return nil, damaged(err, "messages")
	}
	return p, nil
}

// contentOf returns a record's encoded content.
func (e *Engine) contentOf(ctx context.Context, c *conversation, r *record) ([]byte, error) {
	if !r.large || len(r.content) > 0 {
		return r.content, nil
	}
	return e.get(ctx, tableLarge.ID(c.id[:]).Uint64(r.seq))
}

// setPage adds a page to a batch, with the ids of its messages beside it and
// large contents as values of their own.
func setPage(b *store.Batch, c *conversation, n uint64, p *page) {
	size := 2
	ids := make([]byte, 0, perPage*(1+content.MessageIDSize))
	for i, r := range p {
		if r == nil {
			continue
		}
		if len(r.content) > maxInline && !r.large {
			r.large = true
			b.Set(tableLarge.ID(c.id[:]).Uint64(r.seq).Bytes(), r.content)
		}
		size += r.size()
		if !r.id.IsZero() {
			at := uint8(i)
			if r.kind != recordMessage {
				at |= notShown
			}
			ids = append(append(ids, at), r.id[:]...)
		}
	}
	b.Set(tablePage.ID(c.id[:]).Uint64(n).Bytes(), p.append(make([]byte, 0, size)))
	b.Set(tableIDs.ID(c.id[:]).Uint64(n).Bytes(), ids)
}

// notShown marks, in a page of ids, those of entries that only change others.
const notShown = 0x80

// eachID calls f with each message id of a conversation, its entry's seq, and
// whether it is one that is shown by itself.
func (e *Engine) eachID(ctx context.Context, c *conversation, f func(id content.MessageID, seq uint64, shown bool)) error {
	return e.cfg.Store.Scan(ctx, tableIDs.ID(c.id[:]).Range(), func(key, v []byte) error {
		n, ok := store.Last(key)
		if !ok || len(v)%(1+content.MessageIDSize) != 0 {
			return damaged(nil, "message ids")
		}
		for ; len(v) > 0; v = v[1+content.MessageIDSize:] {
			f(content.MessageID(v[1:1+content.MessageIDSize]), n*perPage+uint64(v[0]&^notShown), v[0]&notShown == 0)
		}
		return nil
	})
}

// seqOf returns the entry of a message in a conversation.
func (e *Engine) seqOf(ctx context.Context, c *conversation, id content.MessageID) (uint64, bool, error) {
	if c.ids == nil {
		if err := e.settleIn(tableIDs.ID(c.id[:]).Range()); err != nil {
			return 0, false, err
		}
		c.ids = map[content.MessageID]uint64{}
		if err := e.eachID(ctx, c, func(id content.MessageID, seq uint64, _ bool) { c.ids[id] = seq }); err != nil {
			c.ids = nil
			return 0, false, err
		}
	}
	seq, ok := c.ids[id]
	return seq, ok, nil
}

// linkAt returns the link of a stored entry.
func (e *Engine) linkAt(ctx context.Context, c *conversation, seq uint64) ([32]byte, bool, error) {
	if seq == 0 {
		return [32]byte{}, true, nil
	}
	if l, ok := c.links[seq]; ok {
		return l, true, nil
	}
	if seq < c.st.Bottom.Seq || seq > c.st.Top.Seq {
		return [32]byte{}, false, nil
	}
	n, at := pageOf(seq)
	p, err := e.loadPage(ctx, c, n)
	if err != nil || p[at] == nil {
		return [32]byte{}, false, err
	}
	for _, r := range p {
		if r != nil {
			c.links[r.seq] = r.link
		}
	}
	return p[at].link, true, nil
}
