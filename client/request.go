package client

import (
	"context"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
)

// tableKnown holds accounts that are no strangers, by the person's own doing:
// .ID(account); empty. That a handle is pinned alone says nothing: it is when this
// device first meets the account in somebody else's conversation, too.
var tableKnown = store.Table("kn")

// isRequest reports whether a conversation of two was begun by a stranger: by an
// account that the person has neither written to, nor accepted, nor named before it
// was met, nor taken the contact link of. Nothing goes back to a stranger that the
// person did not send.
func (e *Engine) isRequest(ctx context.Context, c *conversation) (bool, error) {
	peer := c.st.Peer
	if c.st.Kind != convo.Direct || !c.st.known() || c.answered || peer.IsZero() || peer == e.self.id {
		return false, nil
	}
	known, err := e.isKnown(ctx, peer)
	return !known, err
}

func (e *Engine) isKnown(ctx context.Context, id account.ID) (bool, error) {
	v, err := e.get(ctx, tableKnown.ID(id[:]))
	return v != nil, err
}

// know makes an account no stranger, on all devices.
func (e *Engine) know(ctx context.Context, id account.ID) error {
	if known, err := e.isKnown(ctx, id); err != nil || known {
		return err
	}
	return e.appendPrivate(ctx, payload.Payload{Kind: payload.KindAccepted, Body: payload.AcceptedBytes(id)})
}

// noteAnswer notes, from an entry of the log, that the person has written to the
// other one of two.
func (f *fold) noteAnswer(sender account.ID) {
	if f.c.st.Kind == convo.Direct && sender == f.e.self.id && !f.c.answered {
		f.c.answered = true
		f.b.Set(tableKnown.ID(f.c.st.Peer[:]).Bytes(), []byte{})
	}
}

// answer accepts a request because the person is about to write. Without the
// server the message itself will say so.
func (e *Engine) answer(ctx context.Context, c *conversation) error {
	if is, err := e.isRequest(ctx, c); err != nil || !is {
		return err
	}
	return e.know(ctx, c.st.Peer)
}

// requestOf finds the request of somebody, at the server where it has not come
// here yet.
func (e *Engine) requestOf(ctx context.Context, handle string) (*conversation, error) {
	c, _, err := e.targetHere(ctx, handle)
	if c == nil && err == nil {
		c, err = e.begunBy(ctx, handle)
	}
	if err != nil {
		return nil, err
	}
	if c != nil {
		if is, err := e.isRequest(ctx, c); err != nil || is {
			return c, err
		}
	}
	return nil, fault.Usage("there is no request of %s here; coffer list --requests shows them", handle)
}

// Accept takes up the request of a stranger, on all devices. Who was declined
// before is unblocked.
func (e *Engine) Accept(ctx context.Context, handle string) error {
	return e.withAccount(ctx, func() error {
		c, err := e.requestOf(ctx, handle)
		if err != nil {
			return err
		}
		if err := e.prefer(ctx, &payload.Preference{Subject: c.st.Peer, Key: payload.PreferBlocked}); err != nil {
			return err
		}
		return e.know(ctx, c.st.Peer)
	})
}

// Decline refuses the request of a stranger: it blocks them, and they are not told.
func (e *Engine) Decline(ctx context.Context, handle string) error {
	return e.withAccount(ctx, func() error {
		c, err := e.requestOf(ctx, handle)
		if err != nil {
			return err
		}
		return e.prefer(ctx, &payload.Preference{Subject: c.st.Peer, Key: payload.PreferBlocked, Set: true})
	})
}

// begunBy looks once at the server for what somebody has begun who is not known
// here, so that to name them does not make them a contact. Where that does not
// work the handle is resolved as if they had begun nothing.
func (e *Engine) begunBy(ctx context.Context, handle string) (*conversation, error) {
	h := strings.ToLower(strings.TrimPrefix(handle, "im:"))
	if v, err := e.get(ctx, tableContact.ID([]byte(h))); err != nil || v != nil {
		return nil, err
	}
	if e.pull(ctx) != nil {
		return nil, nil
	}
	c, _, err := e.targetHere(ctx, handle)
	return c, err
}
