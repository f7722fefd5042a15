package client

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
)

// Version is what a message said from a time on.
type Version struct {
	Text string
	Time time.Time
}

// Versions returns what a message has said, the first version first and the one
// that is shown last.
func (e *Engine) Versions(ctx context.Context, id string) ([]Version, error) {
	var out []Version
	err := e.withAccount(ctx, func() error {
		at, err := e.findMessage(ctx, id)
		if err != nil {
			return err
		}
		if at.imported != nil {
			out = []Version{{at.imported.Text, at.imported.Time}}
			return nil
		}
		m, shown, err := e.messageAt(ctx, at.c, at.seq)
		if err != nil {
			return err
		}
		if !shown || m.Unsent {
			return fault.Usage("this message was deleted")
		}
		said, err := e.sayings(ctx, at.c, at.seq)
		if err != nil {
			return err
		}
		out = e.versionsOf(ctx, at.c, said)
		return nil
	})
	return out, err
}

// versionsOf shows what was said, version by version.
func (e *Engine) versionsOf(ctx context.Context, c *conversation, said []saying) []Version {
	show := e.presenter(c)
	out := make([]Version, len(said))
	for i, s := range said {
		v := s.msg.View()
		text, _ := show.spoken(ctx, &v)
		out[i] = Version{text, time.UnixMilli(int64(s.atMS)).UTC()}
	}
	return out
}

// editsOf returns the edits of a message that count, in the order of the log.
func (e *Engine) editsOf(ctx context.Context, at *place, r *record) ([]*mark, error) {
	n, _ := pageOf(at.seq)
	var out []*mark
	for _, page := range []uint64{n, floatingMarks} {
		list, err := e.loadMarks(ctx, at.c, page)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.edits(r) {
				out = append(out, m)
			}
		}
	}
	slices.SortFunc(out, func(a, b *mark) int { return cmp.Compare(a.seq, b.seq) })
	return out, nil
}

// saying is one entry's content: of a message or of an edit of it.
type saying struct {
	seq, atMS uint64
	msg       *content.Message
}

// sayings returns what a message has said, entry by entry.
func (e *Engine) sayings(ctx context.Context, c *conversation, seq uint64) ([]saying, error) {
	at := &place{conversation: c.id, c: c, seq: seq}
	r, now, err := e.shownRecord(ctx, at)
	if err != nil {
		return nil, err
	}
	if now.hidden || now.unsent {
		return nil, fault.Usage("this message was deleted")
	}
	first, err := e.contentOf(ctx, c, r)
	if err != nil {
		return nil, err
	}
	edits, err := e.editsOf(ctx, at, r)
	if err != nil {
		return nil, err
	}
	var out []saying
	add := func(seq, atMS uint64, raw []byte) error {
		m, err := content.Parse(raw)
		if err != nil {
			return damaged(err, "message")
		}
		out = append(out, saying{seq, atMS, m})
		return nil
	}
	if err := add(r.seq, r.atMS, first); err != nil {
		return nil, err
	}
	for _, m := range edits {
		if err := add(m.seq, m.atMS, m.data); err != nil {
			return nil, err
		}
	}
	return out, nil
}
