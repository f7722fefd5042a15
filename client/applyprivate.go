package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/payload"
)

// tableRead holds read marks: .ID(conversation).
var tableRead = store.Table("rm")

// applyPrivate applies an entry of the private log, live and at restore. Applying
// one again changes nothing, so what needs a batch of its own has one.
func (e *Engine) applyPrivate(ctx context.Context, b *store.Batch, seq uint64, p payload.Payload) error {
	unreadable := func(err error) error {
		return fault.Failed(err, "an entry of the private log cannot be read")
	}
	noteDevice(b, p)
	switch p.Kind {
	case payload.KindContact:
		pin, err := payload.ParseContactPin(p.Body)
		if err != nil {
			return unreadable(err)
		}
		return e.applyPin(ctx, b, pin)
	case payload.KindHide:
		h, err := payload.ParseHiding(p.Body)
		if err != nil {
			return unreadable(err)
		}
		return e.applyHiding(ctx, b, h)
	case payload.KindImport:
		return e.applyImport(ctx, b, seq, p.Body)
	case payload.KindRead:
		m, err := payload.ParseReadMark(p.Body)
		if err != nil {
			return unreadable(err)
		}
		e.news[m.Conversation] = true // read on another device
		return e.applyRead(ctx, b, m)
	case payload.KindName:
		n, err := payload.ParseDeviceName(p.Body)
		if err != nil {
			return unreadable(err)
		}
		b.Set(tableDevice.ID(n.Device[:]).Uint64(deviceCalled).Bytes(), []byte(n.Name))
	case payload.KindSeen:
		s, err := payload.ParseDeviceSeen(p.Body)
		if err != nil {
			return unreadable(err)
		}
		b.Set(tableDevice.ID(p.Device[:]).Uint64(devicePlatform).Bytes(), []byte(s.Platform))
	case payload.KindPreference:
		p, err := payload.ParsePreference(p.Body)
		if err != nil {
			return unreadable(err)
		}
		applyPreference(b, p)
		e.news[p.Subject] = true
	case payload.KindAccepted:
		id, err := payload.ParseAccepted(p.Body)
		if err != nil {
			return unreadable(err)
		}
		b.Set(tableKnown.ID(id[:]).Bytes(), []byte{})
	case payload.KindProfile:
		mine, err := content.ParseProfile(p.Body)
		if err != nil {
			return unreadable(err)
		}
		return e.keepProfile(ctx, b, e.self.id, mine)
	case payload.KindInvite:
		i, err := payload.ParseGroupInvite(p.Body)
		if err != nil {
			return unreadable(err)
		}
		id := i.Secret.ID()
		b.Set(tableInvite.ID(id[:]).Bytes(), p.Body)
	case payload.KindClear:
		x, err := payload.ParseClearing(p.Body)
		if err != nil {
			return unreadable(err)
		}
		return e.applyClearing(ctx, x, p.Device == e.self.device.ID())
	case payload.KindReset:
		return e.applyReset(ctx, b, p.Body)
	case payload.KindDoubt:
		return e.applyDoubt(b, p.Body)
	case payload.KindCheckpoints:
		return e.applyCheckpoints(ctx, b, p)
	case payload.KindCloud:
		return applyCloudPlace(b, p.Body)
	case payload.KindPasskey, payload.KindTried:
		return applyWay(b, p)
	}
	return nil // a kind of a later version
}

// applyPin keeps a pinned contact; the first pin of a handle stands.
func (e *Engine) applyPin(ctx context.Context, b *store.Batch, p *payload.ContactPin) error {
	b.Set(tableKnown.ID(p.Account[:]).Bytes(), []byte{})
	v, err := e.get(ctx, tableContact.ID([]byte(p.Handle)))
	if err != nil || v != nil {
		return err
	}
	e.pinContact(b, p.Handle, p.Account)
	return nil
}

// applyHiding hides messages. They need not be here yet: their marks wait.
func (e *Engine) applyHiding(ctx context.Context, b *store.Batch, h *payload.Hiding) error {
	if h.Imported {
		ids := make([]content.MessageID, len(h.Messages))
		for i, m := range h.Messages {
			ids[i] = m.ID
		}
		return e.hideImported(ctx, b, ids)
	}
	c, err := e.conv(ctx, h.Conversation)
	if err != nil {
		return err
	}
	known := c != nil
	if !known {
		c = newConversation(h.Conversation)
	}
	f := e.newFold(c)
	for _, m := range h.Messages {
		if err := f.mark(ctx, &mark{kind: markHide, target: m.Seq, id: m.ID, by: e.self.id}); err != nil {
			return err
		}
	}
	if known {
		return f.finish(ctx)
	}
	for n := range f.dirty {
		setMarks(f.b, c, n, f.marks[n])
	}
	return e.apply(ctx, f.b)
}
