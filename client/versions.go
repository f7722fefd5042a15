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
		r, _, err := e.shownRecord(ctx, at)
		if err != nil {
			return err
		}
		first, err := e.contentOf(ctx, at.c, r)
		if err != nil {
			return err
		}
		show := e.presenter(at.c)
		add := func(raw []byte, atMS uint64) error {
			m, err := content.Parse(raw)
			if err != nil {
				return damaged(err, "message")
			}
			v := m.View()
			text, _ := show.spoken(ctx, &v)
			out = append(out, Version{text, time.UnixMilli(int64(atMS)).UTC()})
			return nil
		}
		if err := add(first, r.atMS); err != nil {
			return err
		}
		edits, err := e.editsOf(ctx, at, r)
		if err != nil {
			return err
		}
		for _, m := range edits {
			if err := add(m.data, m.atMS); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
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
