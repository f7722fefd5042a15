package client

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Send sends a message. It is on this device's disk before anything is posted:
// where the server cannot be reached, the result is the queued message together
// with an error of fault.KindUnreachable, and Sync sends it later.
func (e *Engine) Send(ctx context.Context, to string, o Outgoing) (Message, error) {
	var m Message
	var sent error
	one := true
	next := func() (Outgoing, bool) {
		more := one
		one = false
		return o, more
	}
	err := e.SendMany(ctx, to, next, func(x Message, err error) { m, sent = x, err })
	return m, cmp.Or(err, sent)
}

// SendMany sends the messages that next hands out, in order, and tells each what
// became of it. Those that come fast are stored and posted together. Once the
// server cannot be reached the rest is queued only.
func (e *Engine) SendMany(ctx context.Context, to string, next func() (Outgoing, bool), each func(Message, error)) error {
	return e.withAccount(ctx, func() error {
		c, err := e.target(ctx, to)
		if err != nil {
			return err
		}
		if c.st.Gone {
			return e.goneError()
		}
		if err := e.refuseRemoved(); err != nil {
			return err
		}
		if b, err := e.blocked(ctx, c.st.Peer); err != nil {
			return err
		} else if b && c.st.Kind == convo.Direct {
			return fault.Usage("you have blocked %s; unblock before you write", e.handleOf(ctx, c.st.Peer))
		}
		if err := e.mayWriteTo(ctx, c); err != nil {
			return err
		}
		if err := e.answer(ctx, c); err != nil && fault.KindOf(err) != fault.KindUnreachable {
			return err
		}
		var unreachable error
		for {
			list := gather(next)
			if len(list) == 0 {
				return nil
			}
			if err := e.presentSelf(ctx, c); err != nil {
				return err
			}
			rows, err := e.prepare(ctx, c, list)
			if err != nil {
				return err
			}
			sent := unreachable
			if sent == nil {
				sent = e.flush(ctx, c)
			}
			if errors.Is(sent, ErrDeviceRemoved) && e.self != nil {
				return errors.Join(sent, e.neverQueued(ctx, rows))
			}
			if c, err = e.conv(ctx, c.id); err != nil || c == nil { // an error may have dropped it
				return errors.Join(sent, err)
			}
			if err := e.outcome(ctx, c, rows, sent, each); err != nil {
				return errors.Join(sent, err)
			}
			if sent != nil && fault.KindOf(sent) != fault.KindUnreachable {
				return sent
			}
			unreachable = sent
		}
	})
}

// slow is how long the next message may take to be handed out before those at
// hand are sent without it.
const slow = 5 * time.Millisecond

// gather takes messages as long as they come fast.
func gather(next func() (Outgoing, bool)) []Outgoing {
	var list []Outgoing
	for len(list) < sealAhead {
		began := time.Now()
		o, ok := next()
		if !ok {
			break
		}
		list = append(list, o)
		if time.Since(began) > slow {
			break
		}
	}
	return list
}

// prepare makes the messages and stores them in the outbox, in one batch. A
// message whose key was used before is not made again.
func (e *Engine) prepare(ctx context.Context, c *conversation, list []Outgoing) ([]*queued, error) {
	rows := make([]*queued, len(list))
	var fresh []*queued
	var b store.Batch
	for i := range list {
		q := &queued{conv: c.id, purpose: convo.PurposeMessage, atMS: uint64(max(e.serverNow().UnixMilli(), 0))}
		rows[i] = q
		if err := e.drawKey(q, list[i].Key); err != nil {
			return nil, err
		}
		if list[i].Key != "" {
			v, err := e.get(ctx, tableSentKey.ID(q.idempotency[:]))
			if err != nil {
				return nil, err
			}
			if len(v) == content.MessageIDSize {
				q.id = content.MessageID(v)
				continue
			}
		}
		if err := e.compose(ctx, c, q, &list[i]); err != nil {
			return nil, err
		}
		if err := q.noteExpiry(&b); err != nil {
			return nil, err
		}
		fresh = append(fresh, q)
	}
	if len(fresh) == 0 {
		return rows, nil
	}
	if err := e.enqueue(ctx, &b, fresh...); err != nil {
		return nil, err
	}
	c.save(&b)
	return rows, e.apply(ctx, &b)
}

// drawKey draws a message's idempotency key, or derives it from the caller's.
func (e *Engine) drawKey(q *queued, key string) error {
	if key == "" {
		return e.random(q.idempotency[:])
	}
	in := append([]byte(nil), q.conv[:]...)
	in = append(in, e.self.id[:]...)
	h := account.HashWithLabel("message key", syntax.AppendString(in, key))
	copy(q.idempotency[:], h[:])
	return nil
}

// contentHeader is what every content of this account in a conversation says.
func (e *Engine) contentHeader(c *conversation) (content.Header, error) {
	var h content.Header
	var err error
	if h.Salt, err = content.NewSalt(e.cfg.Rand); err != nil {
		return h, fault.Failed(err, "no randomness")
	}
	if h.Sender, err = e.user(e.self.id); err != nil {
		return h, err
	}
	h.Room, err = e.room(c.id)
	return h, err
}

// compose makes a message's content.
func (e *Engine) compose(ctx context.Context, c *conversation, q *queued, o *Outgoing) error {
	h, err := e.contentHeader(c)
	if err != nil {
		return err
	}
	h.ReplyTo = o.ReplyTo
	if h.Expires, err = e.expiryOf(ctx, c, o.Expiry); err != nil {
		return err
	}
	t, err := e.mentioning(ctx, c, o.Text)
	if err != nil {
		return err
	}
	if o.forward != nil {
		t, h.Other = *o.forward, forwarded()
	}
	for i := range o.Files {
		a, u, err := e.attach(ctx, &o.Files[i])
		if err != nil {
			return err
		}
		t.Attachments = append(t.Attachments, a)
		q.uploads = append(q.uploads, u)
	}
	m, err := content.NewMessage(h, t)
	if err != nil {
		return &fault.Error{Kind: fault.KindUsage, Message: "this message cannot be sent: it is empty, too long, or not UTF-8", Err: err}
	}
	return q.take(m, h)
}

// take makes m the queued content.
func (q *queued) take(m *content.Message, h content.Header) error {
	q.content, q.id = m.Bytes(), m.ID(h.Sender, h.Room)
	return nil
}

// outcome tells what became of messages; sent is why those that still wait do.
func (e *Engine) outcome(ctx context.Context, c *conversation, rows []*queued, sent error, each func(Message, error)) error {
	waiting, err := e.outbox(ctx, c)
	if err != nil {
		return err
	}
	byKey := map[[16]byte]*queued{}
	for _, q := range waiting {
		byKey[q.idempotency] = q
	}
	show := e.presenter(c)
	for _, q := range rows {
		if w := byKey[q.idempotency]; w != nil {
			m, _, err := show.queuedMessage(ctx, w)
			if err != nil {
				return err
			}
			each(m, sent)
			continue
		}
		m, err := e.sentMessage(ctx, c, q)
		if err != nil {
			return err
		}
		if m == nil {
			each(Message{ID: q.id, Conversation: c.id}, cmp.Or(sent, error(fault.Failed(nil, "the message is not here any more"))))
			continue
		}
		each(*m, nil)
	}
	return nil
}

// sentMessage finds a message that has left the outbox; nil where the server
// refused it.
func (e *Engine) sentMessage(ctx context.Context, c *conversation, q *queued) (*Message, error) {
	v, err := e.get(ctx, tableSentKey.ID(q.idempotency[:]))
	if err != nil || len(v) != content.MessageIDSize {
		return nil, err
	}
	seq, ok, err := e.seqOf(ctx, c, content.MessageID(v))
	if err != nil || !ok {
		return nil, err
	}
	m, ok, err := e.messageAt(ctx, c, seq)
	if err != nil {
		return nil, err
	}
	if !ok { // it has been sent, and has disappeared already
		m.ID, m.Seq, m.Conversation, m.State, m.Source = content.MessageID(v), seq, c.id, StateSent, SourceCoffer
		m.Sender, m.SenderHandle, m.Time = e.self.id, e.handleOf(ctx, e.self.id), time.UnixMilli(int64(q.atMS)).UTC()
	}
	return &m, nil
}
