package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// Bounds of how long a message that disappears may last.
const (
	MinExpiry = 30 * time.Second
	MaxExpiry = 4 * 7 * 24 * time.Hour
)

// tableExpiry orders by time what is to disappear from this device:
// .Uint64(ms).ID(conversation).Uint64(seq). Seq 0 stands for what is queued in
// the conversation. The value is the conversation's id and the seq.
var tableExpiry = store.Table("xe")

func checkExpiry(d time.Duration) error {
	if d < MinExpiry || d > MaxExpiry {
		return fault.Usage("messages can disappear after 30 seconds at the least and 4 weeks at the most")
	}
	return nil
}

// expiryAt is when a message that lasts so long, and begins now, is over: by the
// server's clock, which is the one that erases it.
func (e *Engine) expiryAt(ctx context.Context, d time.Duration) (content.Expiration, error) {
	if err := e.askTime(ctx); err != nil {
		return content.Expiration{}, err
	}
	at := e.serverNow().Add(d + time.Second - 1).Unix()
	if at <= 0 || at > 1<<32-1 {
		return content.Expiration{}, fault.Failed(nil, "this device's clock is so wrong that messages cannot be made to disappear; set it")
	}
	return content.Expiration{Seconds: uint32(at)}, nil
}

// overMS is when a message is over, in ms since 1970; 0 is never. What counts
// from the reading counts from the server's acceptance here: a device does not
// tell when a person reads.
func overMS(x content.Expiration, acceptedMS uint64) uint64 {
	switch {
	case x.IsZero():
		return 0
	case x.Relative:
		return acceptedMS + uint64(x.Seconds)*1000
	}
	return uint64(x.Seconds) * 1000
}

// over reports whether a time has come.
func (e *Engine) over(ctx context.Context, ms uint64) (bool, error) {
	if ms == 0 {
		return false, nil
	}
	now, err := e.laterNow(ctx)
	return ms <= uint64(max(now.UnixMilli(), 0)), err
}

// setExpiry notes in a batch when an entry is to disappear.
func setExpiry(b *store.Batch, id convo.ID, seq, ms uint64) {
	b.Set(tableExpiry.Uint64(ms).ID(id[:]).Uint64(seq).Bytes(), appendUint64(append([]byte(nil), id[:]...), seq))
}

// dueEntry is an entry whose time has come.
type dueEntry struct {
	key  []byte
	conv convo.ID
	seq  uint64
}

// dueEntries returns at most limit entries whose time has come.
func (e *Engine) dueEntries(ctx context.Context, limit int) ([]dueEntry, error) {
	now, err := e.laterNow(ctx)
	if err != nil {
		return nil, err
	}
	var out []dueEntry
	r := tableExpiry.Range()
	r.To = tableExpiry.Uint64(uint64(max(now.UnixMilli(), 0))).End()
	err = e.cfg.Store.Scan(ctx, r, func(key, v []byte) error {
		if len(v) != len(convo.ID{})+8 {
			return damaged(nil, "times of disappearing messages")
		}
		d := dueEntry{key: append([]byte(nil), key...), conv: convo.ID(v[:len(convo.ID{})]), seq: readUint64(v[len(convo.ID{}):])}
		if out = append(out, d); len(out) == limit {
			return store.ErrStop
		}
		return nil
	})
	return out, err
}

// askIfDue asks for the time where something here depends on it.
func (e *Engine) askIfDue(ctx context.Context) error {
	next, err := e.nextExpiry(ctx)
	if err != nil || next.IsZero() {
		return err
	}
	return e.askTime(ctx)
}

// nextExpiry returns when the next message disappears, zero for none.
func (e *Engine) nextExpiry(ctx context.Context) (next time.Time, err error) {
	err = e.cfg.Store.Scan(ctx, tableExpiry.Range(), func(key, _ []byte) error {
		if _, parts, err := store.ParseKey(key); err == nil && len(parts) > 0 {
			next = time.UnixMilli(int64(parts[0].Ordinal))
		}
		return store.ErrStop
	})
	return next, err
}

// expiryOf is when a new message of a conversation is over: what was said for it
// alone, or what the conversation says.
func (e *Engine) expiryOf(ctx context.Context, c *conversation, own time.Duration) (content.Expiration, error) {
	if own != 0 {
		if err := checkExpiry(own); err != nil {
			return content.Expiration{}, err
		}
		return e.expiryAt(ctx, own)
	}
	s, err := e.settingOf(ctx, c)
	if err != nil || s.expiry() == 0 {
		return content.Expiration{}, err
	}
	// What another program has set may be outside our bounds.
	return e.expiryAt(ctx, min(max(s.expiry(), MinExpiry), MaxExpiry))
}

// expiresOf is when a message is over: what is said about it must not outlive it.
func (e *Engine) expiresOf(ctx context.Context, c *conversation, r *record) (content.Expiration, error) {
	raw, err := e.contentOf(ctx, c, r)
	if err != nil {
		return content.Expiration{}, err
	}
	m, err := content.Parse(raw)
	if err != nil {
		return content.Expiration{}, damaged(err, "message")
	}
	return m.Fields().Expires, nil
}

// noteExpiry notes in a batch when a queued message is over: it must not stay on
// this device for longer, sent or not.
func (q *queued) noteExpiry(b *store.Batch) error {
	m, err := content.Parse(q.content)
	if err != nil {
		return damaged(err, "outbox")
	}
	if ms := overMS(m.Fields().Expires, q.atMS); ms != 0 {
		setExpiry(b, q.conv, 0, ms)
	}
	return nil
}
