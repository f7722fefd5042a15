package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// queued is a message that is kept here until the server has acknowledged it. It
// survives a crash at any point, and its idempotency key makes it one message
// however often it is posted.
type queued struct {
	n           uint64 // place in the outbox
	conv        convo.ID
	idempotency [16]byte
	id          content.MessageID
	purpose     convo.Purpose
	target      uint64
	content     []byte
	atMS        uint64
	uploads     []upload // files whose blobs are not all at the server yet
	// doomed is a message whose files go with this one; not stored.
	doomed *content.Message
	// sealed is the MLSMessage for the epoch; empty before it was sealed.
	sealed     []byte
	generation uint32
	epoch      uint64
}

// upload is a file of a queued message, sealed and kept here until the server has
// it.
type upload struct{ blob blob.ID }

const queuedVersion = 1

func (q *queued) append(b []byte) []byte {
	b = syntax.AppendUint16(b, queuedVersion)
	b = append(b, q.conv[:]...)
	b = append(b, q.idempotency[:]...)
	b = append(b, q.id[:]...)
	b = syntax.AppendUint8(b, uint8(q.purpose))
	b = syntax.AppendUint64(b, q.target)
	b = syntax.AppendOpaque(b, q.content)
	b = syntax.AppendUint64(b, q.atMS)
	b = syntax.AppendVector(b, func(b []byte) []byte {
		for _, u := range q.uploads {
			b = append(b, u.blob[:]...)
		}
		return b
	})
	b = syntax.AppendOpaque(b, q.sealed)
	b = syntax.AppendUint32(b, q.generation)
	return syntax.AppendUint64(b, q.epoch)
}

func parseQueued(v []byte) (*queued, error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != queuedVersion {
		r.Fail(syntax.ErrInvalidValue)
	}
	q := new(queued)
	r.Copy(q.conv[:])
	r.Copy(q.idempotency[:])
	r.Copy(q.id[:])
	q.purpose = convo.Purpose(r.Uint8())
	q.target = r.Uint64()
	q.content = r.Opaque()
	q.atMS = r.Uint64()
	q.uploads = syntax.List(r, func(r *syntax.Reader) (u upload) {
		r.Copy(u.blob[:])
		return u
	})
	q.sealed = r.Opaque()
	q.generation, q.epoch = r.Uint32(), r.Uint64()
	return q, r.Done()
}

func (q *queued) set(b *store.Batch) { b.Set(tableOutbox.Uint64(q.n).Bytes(), q.append(nil)) }

// enqueue adds messages to the outbox, in order, in the caller's batch.
func (e *Engine) enqueue(ctx context.Context, b *store.Batch, list ...*queued) error {
	v, err := e.get(ctx, keyOutboxCount)
	if err != nil {
		return err
	}
	n := readUint64(v)
	for _, q := range list {
		n++
		q.n = n
		q.set(b)
		e.news[q.conv] = true
		b.Set(tableSentKey.ID(q.idempotency[:]).Bytes(), q.id[:])
	}
	b.Set(keyOutboxCount.Bytes(), appendUint64(nil, n))
	return nil
}

// outbox returns what is still to be sent, oldest first: of one conversation, or
// of all.
func (e *Engine) outbox(ctx context.Context, c *conversation) ([]*queued, error) {
	var out []*queued
	err := e.cfg.Store.Scan(ctx, tableOutbox.Range(), func(key, v []byte) error {
		q, err := parseQueued(v)
		if err != nil {
			return damaged(err, "outbox")
		}
		q.n, _ = store.Last(key)
		if c == nil || q.conv == c.id {
			out = append(out, q)
		}
		return nil
	})
	return out, err
}

// forgetSent takes an own message that has appeared on the log out of the
// outbox.
func (f *fold) forgetSent(ctx context.Context, o *opened) error {
	if o.senderOf() != f.e.self.id {
		return nil
	}
	if f.sent == nil {
		f.sent = map[[16]byte]uint64{}
		list, err := f.e.outbox(ctx, f.c)
		if err != nil {
			return err
		}
		for _, q := range list {
			f.sent[q.idempotency] = q.n
		}
	}
	n, ok := f.sent[o.header.Idempotency]
	if !ok {
		return nil
	}
	f.b.Delete(tableOutbox.Uint64(n).Bytes())
	if o.msg != nil {
		f.b.Set(tableSentKey.ID(o.header.Idempotency[:]).Bytes(), o.id[:])
	}
	return nil
}
