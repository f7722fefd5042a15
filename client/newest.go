package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/store"
)

// eachNewest calls f with what a conversation shows, the newest first, down to an
// entry. store.ErrStop ends it early.
func (e *Engine) eachNewest(ctx context.Context, c *conversation, from uint64, f func(m *Message) error) error {
	floating, err := e.loadMarks(ctx, c, floatingMarks)
	if err != nil {
		return err
	}
	show := e.presenter(c)
	first, _ := pageOf(from)
	r := tablePage.ID(c.id[:]).Range()
	r.From, r.Reverse = tablePage.ID(c.id[:]).Uint64(first).Bytes(), true
	return e.cfg.Store.Scan(ctx, r, func(key, v []byte) error {
		page, _ := store.Last(key)
		list, err := e.pageMessages(ctx, show, page, v, floating, 0)
		if err != nil {
			return err
		}
		for i := range list {
			if list[i].Seq < from {
				return store.ErrStop
			}
			if err := f(&list[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
