package client

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// markKind says what a later entry does to a message.
type markKind uint8

// The kinds of mark. A number's meaning never changes.
const (
	markEdit    markKind = 1
	markUnsend  markKind = 2
	markReact   markKind = 3
	markUnreact markKind = 4
	markHide    markKind = 5 // deleted for the own account only
)

// mark is what a later entry, or the private log, does to a message. Marks are
// kept apart from messages, by the message's place, because a restore meets
// them first: it reads from the newest entry down. They are applied whenever a
// message is read.
type mark struct {
	kind   markKind
	target uint64 // the message's seq; 0 where only its id is known
	id     content.MessageID
	by     account.ID
	seq    uint64 // the entry that made the mark
	atMS   uint64
	own    content.MessageID // id of the entry that made the mark
	ref    content.MessageID // of an unreaction: the reaction taken back
	data   []byte            // encoded content of an edit, emoji of a reaction
}

const (
	marksVersion = 1
	// floatingMarks is the page of marks whose message's place is not known.
	floatingMarks = 1<<63 - 1
	// editWindow is how long after a message it may be edited.
	editWindow = 15 * time.Minute
)

func marksPage(m *mark) uint64 {
	if m.target == 0 {
		return floatingMarks
	}
	n, _ := pageOf(m.target)
	return n
}

func appendMarks(b []byte, list []*mark) []byte {
	b = syntax.AppendUint16(b, marksVersion)
	for _, m := range list {
		b = syntax.AppendUint8(b, uint8(m.kind))
		b = syntax.AppendUint64(b, m.target)
		b = append(b, m.id[:]...)
		b = append(b, m.by[:]...)
		b = syntax.AppendUint64(b, m.seq)
		b = syntax.AppendUint64(b, m.atMS)
		b = append(b, m.own[:]...)
		b = append(b, m.ref[:]...)
		b = syntax.AppendOpaque(b, m.data)
	}
	return b
}

func parseMarks(v []byte) ([]*mark, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != marksVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	var list []*mark
	for r.More() {
		m := syntax.New[mark](r)
		m.kind, m.target = markKind(r.Uint8()), r.Uint64()
		r.Copy(m.id[:])
		r.Copy(m.by[:])
		m.seq, m.atMS = r.Uint64(), r.Uint64()
		r.Copy(m.own[:])
		r.Copy(m.ref[:])
		m.data = r.Opaque()
		list = append(list, m)
	}
	return list, r.Done()
}

// loadMarks reads a page of marks.
func (e *Engine) loadMarks(ctx context.Context, c *conversation, n uint64) ([]*mark, error) {
	v, err := e.get(ctx, tableMarks.ID(c.id[:]).Uint64(n))
	if err != nil || v == nil {
		return nil, err
	}
	list, err := parseMarks(v)
	if err != nil {
		return nil, damaged(err, "marks")
	}
	return list, nil
}

func setMarks(b *store.Batch, c *conversation, n uint64, list []*mark) {
	b.Set(tableMarks.ID(c.id[:]).Uint64(n).Bytes(), appendMarks(nil, list))
}

// addMark returns list with m. Of two entries with the same message id the first
// in the log counts; a mark that no entry made is there once.
func addMark(list []*mark, m *mark) []*mark {
	for i, x := range list {
		if x.kind != m.kind || x.target != m.target || x.own != m.own || x.id != m.id {
			continue
		}
		if m.seq < x.seq {
			list = slices.Clone(list)
			list[i] = m
		}
		return list
	}
	return append(list, m)
}

// effect is what marks make of a record.
type effect struct {
	hidden, unsent, edited bool
	content                []byte // of the newest edit; nil: the record's own
	reactions              []*mark
}

// on reports whether a mark is about a record. A mark that knows both place and
// id must agree with the record in both.
func (m *mark) on(r *record) bool {
	if m.target != 0 && m.target != r.seq {
		return false
	}
	if m.id.IsZero() || r.id.IsZero() {
		return m.target == r.seq
	}
	return m.id == r.id
}

// edits reports whether a mark is an edit of a record that counts: its sender's, in
// time.
func (m *mark) edits(r *record) bool {
	return m.kind == markEdit && m.on(r) && m.by == r.account && m.atMS <= r.atMS+uint64(editWindow.Milliseconds())
}

// effectOf applies marks to a record. What a sender may do to its own messages
// only is ignored when it comes from others.
func effectOf(r *record, marks []*mark) effect {
	if len(marks) == 0 {
		return effect{}
	}
	var f effect
	var newest uint64
	var reactions []*mark
	taken := map[content.MessageID]account.ID{}
	for _, m := range marks {
		if !m.on(r) {
			continue
		}
		switch m.kind {
		case markHide:
			f.hidden = true
		case markUnsend:
			f.unsent = f.unsent || m.by == r.account
		case markEdit:
			if m.edits(r) && m.seq > newest {
				newest, f.edited, f.content = m.seq, true, m.data
			}
		case markReact:
			reactions = append(reactions, m)
		case markUnreact:
			taken[m.ref] = m.by
		}
	}
	if f.unsent || f.hidden {
		return effect{hidden: f.hidden, unsent: f.unsent}
	}
	slices.SortFunc(reactions, func(a, b *mark) int { return cmp.Compare(a.seq, b.seq) })
	for _, m := range reactions {
		if by, ok := taken[m.own]; ok && by == m.by {
			continue
		}
		same := func(x *mark) bool { return x.by == m.by && bytes.Equal(x.data, m.data) }
		if !slices.ContainsFunc(f.reactions, same) {
			f.reactions = append(f.reactions, m)
		}
	}
	return f
}
