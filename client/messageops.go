package client

import (
	"context"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// Edit puts another text in the place of an own message, within 15 minutes.
func (e *Engine) Edit(ctx context.Context, id, text string) (Message, error) {
	var m Message
	err := e.onMessage(ctx, id, func(at *place, r *record, now effect) (*queued, error) {
		if err := e.mine(at, r, now); err != nil {
			return nil, err
		}
		if e.serverNow().Sub(time.UnixMilli(int64(r.atMS))) > editWindow {
			return nil, fault.Usage("a message can be edited for 15 minutes only; unsend it and write anew")
		}
		raw, err := e.contentOf(ctx, at.c, r)
		if err != nil {
			return nil, err
		}
		first, err := content.Parse(raw)
		if err != nil {
			return nil, damaged(err, "message")
		}
		v := first.View()
		t, err := e.mentioning(ctx, at.c, text)
		if err != nil {
			return nil, err
		}
		t.Attachments = v.Attachments
		return e.changing(at, convo.PurposeEdit, at.seq, func(h content.Header) (*content.Message, error) {
			h.ReplyTo, h.Expires = v.ReplyTo, v.Expires
			return content.NewEdit(h, at.id, t)
		})
	}, &m)
	return m, err
}

// Unsend takes an own message back for everyone: the server erases it and its
// files, every device forgets it. Where the server cannot be reached Sync sees to
// both.
func (e *Engine) Unsend(ctx context.Context, id string) error {
	err := e.onMessage(ctx, id, func(at *place, r *record, now effect) (*queued, error) {
		if err := e.mine(at, r, now); err != nil {
			return nil, err
		}
		raw, err := e.contentOf(ctx, at.c, r)
		if err != nil {
			return nil, err
		}
		first, err := content.Parse(raw)
		if err != nil {
			return nil, damaged(err, "message")
		}
		v := first.View()
		q, err := e.changing(at, convo.PurposeUnsend, at.seq, func(h content.Header) (*content.Message, error) {
			h.ReplyTo = v.ReplyTo
			return content.NewUnsend(h, at.id)
		})
		if err == nil {
			q.doomed = first
		}
		return q, err
	}, nil)
	if err != nil {
		return err
	}
	return e.withAccount(ctx, func() error { return e.deleteDoomed(ctx) })
}

// React adds an own reaction to a message, or takes it back.
func (e *Engine) React(ctx context.Context, id, emoji string, remove bool) error {
	return e.onMessage(ctx, id, func(at *place, r *record, now effect) (*queued, error) {
		if now.unsent {
			return nil, fault.Usage("this message takes no reactions")
		}
		lasts, err := e.expiresOf(ctx, at.c, r)
		if err != nil {
			return nil, err
		}
		if !remove {
			return e.changing(at, convo.PurposeMessage, 0, func(h content.Header) (*content.Message, error) {
				h.Other, h.Expires = withTarget(at.seq), lasts
				return content.NewReaction(h, at.id, emoji)
			})
		}
		for _, m := range now.reactions {
			if m.by == e.self.id && (emoji == "" || string(m.data) == emoji) {
				return e.changing(at, convo.PurposeMessage, 0, func(h content.Header) (*content.Message, error) {
					h.Other, h.Expires = withTarget(at.seq), lasts
					return content.NewUnreaction(h, m.own, at.id)
				})
			}
		}
		return nil, fault.Usage("there is no such reaction of yours")
	}, nil)
}

// DeleteForMe deletes a message for the own account only: on every device, and
// for every restore to come.
func (e *Engine) DeleteForMe(ctx context.Context, id string) error {
	return e.withAccount(ctx, func() error {
		at, err := e.findMessage(ctx, id)
		if err != nil {
			return err
		}
		h := &payload.Hiding{Conversation: at.conversation, Imported: at.c == nil, Messages: []payload.Hidden{{Seq: at.seq, ID: at.id}}}
		if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindHide, Body: h.Bytes()}); err != nil {
			return err
		}
		if at.c == nil {
			return nil
		}
		return e.release(ctx, at.c.id, []uint64{at.seq})
	})
}

// mine refuses to change what is not an own message that is still there.
func (e *Engine) mine(at *place, r *record, now effect) error {
	switch {
	case r.account != e.self.id:
		return fault.Usage("only who sent a message may change it; delete it for yourself instead")
	case now.unsent || now.hidden:
		return fault.Usage("this message was deleted")
	}
	return nil
}

// onMessage finds a message, queues what act makes of it, sends that, and shows
// the message as it is then.
func (e *Engine) onMessage(ctx context.Context, id string, act func(*place, *record, effect) (*queued, error), shown *Message) error {
	return e.withAccount(ctx, func() error {
		at, err := e.findMessage(ctx, id)
		if err != nil {
			return err
		}
		if at.c == nil {
			return fault.Usage("a message of an imported history cannot be changed; delete it for yourself")
		}
		if err := e.refuseRemoved(); err != nil {
			return err
		}
		r, now, err := e.shownRecord(ctx, at)
		if err != nil {
			return err
		}
		q, err := act(at, r, now)
		if err != nil {
			return err
		}
		var b store.Batch
		if err := e.enqueue(ctx, &b, q); err != nil {
			return err
		}
		if err := q.noteExpiry(&b); err != nil {
			return err
		}
		if q.doomed != nil {
			doom(&b, q.doomed, at.id)
		}
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
		sent := e.flush(ctx, at.c)
		if errors.Is(sent, ErrDeviceRemoved) && e.self != nil {
			return errors.Join(sent, e.neverQueued(ctx, []*queued{q}))
		}
		c, err := e.conv(ctx, at.c.id)
		if err != nil || c == nil {
			return errors.Join(sent, err)
		}
		if shown != nil {
			*shown, _, err = e.messageAt(ctx, c, at.seq)
		}
		return errors.Join(sent, err)
	})
}

// changing queues a message that changes another one.
func (e *Engine) changing(at *place, purpose convo.Purpose, target uint64, make func(content.Header) (*content.Message, error)) (*queued, error) {
	q := &queued{conv: at.c.id, purpose: purpose, target: target, atMS: uint64(max(e.serverNow().UnixMilli(), 0))}
	if err := e.drawKey(q, ""); err != nil {
		return nil, err
	}
	h, err := e.contentHeader(at.c)
	if err != nil {
		return nil, err
	}
	m, err := make(h)
	if err != nil {
		return nil, &fault.Error{Kind: fault.KindUsage, Message: "this cannot be sent: it is empty, too long, or not UTF-8", Err: err}
	}
	return q, q.take(m, h)
}
