package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
)

// tableRead holds read marks: .ID(conversation).
var tableRead = store.Table("rm")

// applyPrivate applies an entry of the private log, live and at restore. Applying
// one again changes nothing, so what needs a batch of its own has one.
func (e *Engine) applyPrivate(ctx context.Context, b *store.Batch, seq uint64, p payload) error {
	unreadable := func(err error) error {
		return fault.Failed(err, "an entry of the private log cannot be read")
	}
	noteDevice(b, p)
	switch p.kind {
	case payloadContact:
		pin, err := parseContactPin(p.body)
		if err != nil {
			return unreadable(err)
		}
		return e.applyPin(ctx, b, pin)
	case payloadHide:
		h, err := parseHiding(p.body)
		if err != nil {
			return unreadable(err)
		}
		return e.applyHiding(ctx, b, h)
	case payloadImport:
		return e.applyImport(ctx, b, seq, p.body)
	case payloadRead:
		m, err := parseReadMark(p.body)
		if err != nil {
			return unreadable(err)
		}
		e.news[m.conversation] = true // read on another device
		return e.applyRead(ctx, b, m)
	case payloadName:
		n, err := parseDeviceName(p.body)
		if err != nil {
			return unreadable(err)
		}
		b.Set(tableDevice.ID(n.device[:]).Uint64(deviceCalled).Bytes(), []byte(n.name))
	case payloadSeen:
		s, err := parseDeviceSeen(p.body)
		if err != nil {
			return unreadable(err)
		}
		b.Set(tableDevice.ID(p.device[:]).Uint64(devicePlatform).Bytes(), []byte(s.platform))
	case payloadPreference:
		p, err := parsePreference(p.body)
		if err != nil {
			return unreadable(err)
		}
		applyPreference(b, p)
		e.news[p.subject] = true
	case payloadAccepted:
		id, err := parseAccepted(p.body)
		if err != nil {
			return unreadable(err)
		}
		b.Set(tableKnown.ID(id[:]).Bytes(), []byte{})
	case payloadProfile:
		mine, err := content.ParseProfile(p.body)
		if err != nil {
			return unreadable(err)
		}
		return e.keepProfile(ctx, b, e.self.id, mine)
	case payloadInvite:
		i, err := parseGroupInvite(p.body)
		if err != nil {
			return unreadable(err)
		}
		id := i.secret.ID()
		b.Set(tableInvite.ID(id[:]).Bytes(), p.body)
	case payloadClear:
		x, err := parseClearing(p.body)
		if err != nil {
			return unreadable(err)
		}
		return e.applyClearing(ctx, x, p.device == e.self.device.ID())
	case payloadReset:
		return e.applyReset(ctx, b, p.body)
	case payloadDoubt:
		return e.applyDoubt(b, p.body)
	case payloadCheckpoints:
		return e.applyCheckpoints(ctx, b, p)
	case payloadCloud:
		return applyCloudPlace(b, p.body)
	case payloadPasskey, payloadTried:
		return applyWay(b, p)
	}
	return nil // a kind of a later version
}

// applyPin keeps a pinned contact; the first pin of a handle stands.
func (e *Engine) applyPin(ctx context.Context, b *store.Batch, p *contactPin) error {
	b.Set(tableKnown.ID(p.account[:]).Bytes(), []byte{})
	v, err := e.get(ctx, tableContact.ID([]byte(p.handle)))
	if err != nil || v != nil {
		return err
	}
	e.pinContact(b, p.handle, p.account)
	return nil
}

// applyHiding hides messages. They need not be here yet: their marks wait.
func (e *Engine) applyHiding(ctx context.Context, b *store.Batch, h *hiding) error {
	if h.imported {
		ids := make([]content.MessageID, len(h.messages))
		for i, m := range h.messages {
			ids[i] = m.id
		}
		return e.hideImported(ctx, b, ids)
	}
	c, err := e.conv(ctx, h.conversation)
	if err != nil {
		return err
	}
	known := c != nil
	if !known {
		c = newConversation(h.conversation)
	}
	f := e.newFold(c)
	for _, m := range h.messages {
		if err := f.mark(ctx, &mark{kind: markHide, target: m.seq, id: m.id, by: e.self.id}); err != nil {
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
