package client

import (
	"bytes"
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// tableUnsaved holds read marks that are not in the private log yet:
// .ID(conversation); the value is the conversation's id.
var tableUnsaved = store.Table("rp")

const (
	// readEvery is how often read marks go into the private log at most.
	readEvery = 10 * time.Second
	// MaxUnread is where counting what is unread ends.
	MaxUnread = 1000
)

// MarkRead says that the person has read a conversation up to an entry, 0 for all
// that is here. The account's other devices hear of it, at most every 10 seconds,
// and the others in the conversation only where the person lets them (SetPrivacy).
func (e *Engine) MarkRead(ctx context.Context, to string, seq uint64) error {
	return e.withAccount(ctx, func() error {
		c, thread, err := e.targetAny(ctx, to)
		if err != nil || thread != nil { // what was imported was read elsewhere
			return err
		}
		if seq == 0 || seq > c.st.Top.Seq {
			seq = c.st.Top.Seq
		}
		at, err := e.readTo(ctx, c.id)
		if err != nil || seq <= at {
			return err
		}
		var b store.Batch
		b.Set(tableRead.ID(c.id[:]).Bytes(), appendUint64(nil, seq))
		b.Set(tableUnsaved.ID(c.id[:]).Bytes(), c.id[:])
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
		if e.cfg.Now().Sub(e.readSaved) < readEvery {
			return nil // Sync, or the next one, takes it along
		}
		if err := e.saveReadMarks(ctx); fault.KindOf(err) != fault.KindUnreachable {
			return err
		}
		return nil
	})
}

// saveDueMarks writes, for a Watch, read marks that have waited long enough.
func (e *Engine) saveDueMarks(ctx context.Context) error {
	err := e.withAccount(ctx, func() error {
		if e.cfg.Now().Sub(e.readSaved) < readEvery {
			return nil
		}
		return e.saveReadMarks(ctx)
	})
	if ctx.Err() != nil || fault.KindOf(err) == fault.KindUnreachable && err != nil {
		return nil // Sync, or the next one, takes them along
	}
	return err
}

func (e *Engine) readTo(ctx context.Context, id convo.ID) (uint64, error) {
	v, err := e.get(ctx, tableRead.ID(id[:]))
	return readUint64(v), err
}

// saveReadMarks writes read marks into the private log.
func (e *Engine) saveReadMarks(ctx context.Context) error {
	var list []payload.Payload
	var told []payload.ReadMark
	var b store.Batch
	err := e.cfg.Store.Scan(ctx, tableUnsaved.Range(), func(key, v []byte) error {
		if len(v) != len(convo.ID{}) {
			return damaged(nil, "read marks")
		}
		m := &payload.ReadMark{Conversation: convo.ID(v)}
		seq, err := e.readTo(ctx, m.Conversation)
		m.Seq = seq
		list = append(list, payload.Payload{Kind: payload.KindRead, Body: m.Bytes()})
		told = append(told, *m)
		b.Delete(key)
		return err
	})
	if err != nil || len(list) == 0 {
		return err
	}
	if err := e.appendPrivate(ctx, list...); err != nil {
		return err
	}
	if err := e.tellRead(ctx, told); err != nil {
		return err
	}
	e.readSaved = e.cfg.Now()
	return e.apply(ctx, &b)
}

// applyRead takes a read mark of another device; none goes back.
func (e *Engine) applyRead(ctx context.Context, b *store.Batch, m *payload.ReadMark) error {
	key := tableRead.ID(m.Conversation[:]).Bytes()
	at, err := e.readTo(ctx, m.Conversation)
	for _, op := range b.Ops() { // what came before it in the same run
		if bytes.Equal(op.Key, key) {
			at = max(at, readUint64(op.Value))
		}
	}
	if err == nil && m.Seq > at {
		b.Set(key, appendUint64(nil, m.Seq))
	}
	return err
}

// unread counts messages that the person has not read, at most MaxUnread: those
// after the read mark and after the last one of its own.
func (e *Engine) unread(ctx context.Context, c *conversation) (n int, err error) {
	read, err := e.readTo(ctx, c.id)
	if err != nil || read >= c.st.Top.Seq {
		return 0, err
	}
	err = e.eachNewest(ctx, c, read+1, func(m *Message) error {
		if m.Sender == e.self.id && m.Event == "" {
			return store.ErrStop
		}
		if m.Event == "" && !m.Unsent && m.GivenBy == "" {
			n++
		}
		if n >= MaxUnread {
			return store.ErrStop
		}
		return nil
	})
	return n, err
}
