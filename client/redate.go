package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
)

// redate gives a queued message that disappears its right time, where it was
// written by a clock that turns out to have been ahead: the server would keep it
// for too long. Its id changes with it. One that was written by a clock behind is
// over before it is sent, and is dropped.
func (e *Engine) redate(ctx context.Context, b *store.Batch, q *queued, m *content.Message) (*content.Message, error) {
	f := m.Fields()
	if f.Expires.IsZero() || f.Expires.Relative {
		return m, nil
	}
	if err := e.askTime(ctx); err != nil {
		return nil, err
	}
	now := e.serverNow()
	written := time.UnixMilli(int64(q.atMS))
	if !written.After(now.Add(clockSlack)) {
		return m, nil
	}
	life := max(time.Unix(int64(f.Expires.Seconds), 0).Sub(written), MinExpiry)
	at, err := e.expiryAt(ctx, min(life, MaxExpiry))
	if err != nil {
		return nil, err
	}
	f.Expires = at
	if m, err = content.New(f); err != nil {
		return nil, fault.Failed(err, "the message cannot be dated anew")
	}
	q.atMS = uint64(max(now.UnixMilli(), 0))
	q.content, q.id = m.Bytes(), m.ID(f.Sender, f.Room)
	b.Set(tableSentKey.ID(q.idempotency[:]).Bytes(), q.id[:])
	return m, q.noteExpiry(b)
}
