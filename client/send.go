package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/core/padding"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls"
)

const (
	sendAttempts = 8
	// sealAhead is how many messages are sealed, posted and stored together.
	sealAhead = 64
)

// ready makes a conversation one that this device can send into: begun, walked,
// joined, and with every known removal covered.
func (e *Engine) ready(ctx context.Context, c *conversation) error {
	if err := e.notReset(ctx); err != nil {
		if fault.KindOf(err) == fault.KindRefused {
			return errors.Join(err, e.abandon(ctx, c))
		}
		return err
	}
	// Of others it is the server's word alone: what is queued waits for the person.
	if err := e.mayWriteTo(ctx, c); err != nil {
		return err
	}
	if err := e.loadWalk(ctx, c); err != nil {
		return err
	}
	if c.pos == nil {
		if err := e.beginDirect(ctx, c); err != nil {
			return err
		}
	}
	if c.st.Gone {
		return errors.Join(e.goneError(), e.abandon(ctx, c))
	}
	if err := e.peerClosed(ctx, c); err != nil {
		if fault.KindOf(err) == fault.KindRefused {
			return errors.Join(err, e.abandon(ctx, c))
		}
		return err
	}
	for range commitAttempts {
		if c.group == nil {
			if err := e.enter(ctx, c); err != nil {
				return err
			}
			continue
		}
		due, err := e.due(ctx, c)
		if err != nil {
			return err
		}
		if !due {
			return e.checkDeposits(ctx, c)
		}
		if e.outgrown(c) {
			err = e.reopen(ctx, c, convo.ReasonSuite)
		} else {
			err = e.commit(ctx, c, nil)
		}
		if err != nil {
			return err
		}
	}
	return &fault.Error{Kind: fault.KindUnreachable, Message: "the conversation keeps changing; try again"}
}

// goneError is the error of a conversation that this account is no longer in.
func (e *Engine) goneError() error {
	if _, closed := e.self.chain.ClosedAt(); closed {
		return e.removedError(e.self.chain)
	}
	return &fault.Error{Kind: fault.KindRefused, Message: "you are no longer in this conversation"}
}

// abandon takes what can never be sent out of the outbox.
func (e *Engine) abandon(ctx context.Context, c *conversation) error {
	list, err := e.outbox(ctx, c)
	if err != nil || len(list) == 0 {
		return err
	}
	var b store.Batch
	for _, q := range list {
		b.Delete(tableOutbox.Uint64(q.n).Bytes())
		b.Delete(tableSentKey.ID(q.idempotency[:]).Bytes())
	}
	return e.apply(ctx, &b)
}

// beginDirect begins the conversation with one other account, or takes up what
// the other side, or an attempt cut short, has begun.
func (e *Engine) beginDirect(ctx context.Context, c *conversation) error {
	known, err := e.discover(ctx, c)
	if known || err != nil {
		return err
	}
	facts := e.directFacts(c.st.Peer)
	if c.st.Kind != convo.Direct || facts.ID() != c.id {
		return &fault.Error{Kind: fault.KindRefused, Message: "this conversation is not on the server"}
	}
	if err := e.notClosed(ctx, c.st.Peer); err != nil {
		return errors.Join(err, e.abandon(ctx, c))
	}
	if err := e.noneReset(ctx, c.st.Peer); err != nil {
		return err
	}
	list := convo.Participants{}.With(facts.Creator, convo.Member).With(facts.Peer, convo.Member)
	if err := e.create(ctx, c, facts, list); err != nil {
		return err
	}
	// So that a restored device knows whom it knew.
	pin := &payload.ContactPin{Handle: account.Handle(e.handleOf(ctx, c.st.Peer)), Account: c.st.Peer}
	return e.appendPrivate(ctx, payload.Payload{Kind: payload.KindContact, Body: pin.Bytes()})
}

// discover takes a conversation that the server has and this device does not
// know yet; known says whether there is one.
func (e *Engine) discover(ctx context.Context, c *conversation) (known bool, err error) {
	_, err = e.conversations().GetConversation(ctx, &wire.GetConversationRequest{Conversation: c.id[:]})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
		return false, nil
	}
	if err != nil {
		return false, fault.FromServer(err)
	}
	if err := e.welcome(ctx, c); err != nil {
		return false, err
	}
	return true, e.syncConv(ctx, c)
}

// flush posts what waits in the outbox for a conversation, in order.
func (e *Engine) flush(ctx context.Context, c *conversation) error {
	for try := 0; ; {
		list, err := e.outbox(ctx, c)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := e.finishUploads(ctx, list); err != nil {
			return err
		}
		if err := e.holdForwarded(ctx, list); err != nil {
			return err
		}
		if err := e.ready(ctx, c); err != nil {
			return err
		}
		list = list[:min(sealAhead, len(list))]
		if err := e.sealAll(ctx, c, list); err != nil {
			return err
		}
		again, err := e.postAll(ctx, c, list)
		if err != nil {
			return err
		}
		if !again {
			continue
		}
		if try++; try == sendAttempts {
			return &fault.Error{Kind: fault.KindUnreachable, Message: "the conversation keeps changing; try again"}
		}
		if err := e.syncConv(ctx, c); err != nil {
			return err
		}
		if err := e.pause(ctx, try); err != nil {
			return err
		}
	}
}

// sealAll seals messages for the present epoch and stores them sealed, together
// with the own ratchet, before any of them leaves this machine.
func (e *Engine) sealAll(ctx context.Context, c *conversation, list []*queued) error {
	var b store.Batch
	for _, q := range list {
		if len(q.sealed) > 0 && q.generation == c.pos.Generation && q.epoch == c.pos.Epoch {
			continue
		}
		m, err := content.Parse(q.content)
		if err != nil {
			return damaged(err, "outbox")
		}
		if m, err = e.redate(ctx, &b, q, m); err != nil {
			return err
		}
		h := &convo.Header{
			Purpose: q.purpose, Log: c.st.Top, Chain: e.self.chain.Head(), Idempotency: q.idempotency,
			FrankingTag: frank.NewTag(m), Target: q.target,
		}
		if x := m.Fields().Expires; !x.Relative {
			h.EraseAfterMS = uint64(x.Seconds) * 1000
		}
		q.sealed, err = c.group.Seal(e.cfg.Rand, mls.SealOptions{AAD: h.Append(nil), Padding: padding.Size}, q.content)
		if err != nil {
			return fault.Failed(err, "the message cannot be sealed")
		}
		q.generation, q.epoch = c.pos.Generation, c.pos.Epoch
		q.set(&b)
	}
	if b.Len() == 0 {
		return nil
	}
	if err := c.setSender(&b); err != nil {
		return err
	}
	c.save(&b)
	return e.apply(ctx, &b)
}

// postAll posts sealed messages and stores what the server acknowledged. again
// says that the rest must be sealed anew on top of what others did meanwhile.
func (e *Engine) postAll(ctx context.Context, c *conversation, list []*queued) (again bool, err error) {
	var entries []*convo.Entry
	var head convo.LogHead
	for _, q := range list {
		r, postErr := e.conversations().PostMessage(ctx, &wire.PostMessageRequest{
			Conversation: c.id[:], Generation: q.generation, Message: q.sealed,
		})
		if kind, _ := fault.Refusal(postErr); kind == wire.ErrorKindWrongEpoch || kind == wire.ErrorKindStale || kind == wire.ErrorKindUnknownHead {
			again = true
			break
		} else if postErr != nil {
			err = fault.FromServer(postErr)
			if kind == wire.ErrorKindForbidden && q.target == 0 {
				// This device's leaf is gone: join anew; unless the account was reset.
				again, err = true, e.refreshSelf(ctx)
				break
			}
			if hopeless(kind) {
				err = errors.Join(tooLate(q, err), e.giveUp(ctx, q))
			}
			break
		}
		if r.Entry == nil {
			err = fault.Broken(fault.PromiseStored, nil, "the server acknowledged a message without an entry")
			break
		}
		r.Entry.Body, r.Entry.Header, r.Entry.BodyHash = q.sealed, nil, nil
		x, parseErr := parseEntry(r.Entry)
		if parseErr != nil {
			err = fault.Broken(fault.PromiseProved, parseErr, "the server sent a damaged log entry")
			break
		}
		if next := c.st.Top.Seq + uint64(len(entries)) + 1; x.Seq != next {
			// Others wrote meanwhile, or this one was there already.
			if err := e.takePosted(ctx, c, entries, head); err != nil {
				return false, err
			}
			return false, e.catchUp(ctx, c, q, x.Seq)
		}
		if head, err = e.takeHead(ctx, c, r.Head); err != nil {
			break
		}
		entries = append(entries, x)
	}
	if taken := e.takePosted(ctx, c, entries, head); taken != nil {
		return false, errors.Join(taken, err)
	}
	return again, err
}

// takePosted stores own messages that the server has just acknowledged.
func (e *Engine) takePosted(ctx context.Context, c *conversation, entries []*convo.Entry, head convo.LogHead) error {
	if len(entries) == 0 {
		return nil
	}
	if err := e.ingest(ctx, c, entries, head, nil); err != nil {
		var mine *fault.Error
		if errors.As(err, &mine) && errors.Is(mine.Err, convo.ErrBadHead) {
			return e.syncConv(ctx, c)
		}
		return err
	}
	return nil
}

// catchUp takes the log after a message was acknowledged further up, or, where
// its key was used before, further down.
func (e *Engine) catchUp(ctx context.Context, c *conversation, q *queued, seq uint64) error {
	if err := e.syncConv(ctx, c); err != nil {
		return err
	}
	v, err := e.get(ctx, tableOutbox.Uint64(q.n))
	if err != nil || v == nil {
		return err
	}
	if seq > c.st.Top.Seq {
		return fault.Broken(fault.PromiseStored, nil, "the server acknowledged a message that is not on the log")
	}
	// The key belongs to a message that was sent before, from another device or
	// before a restore: that one stands.
	var b store.Batch
	b.Delete(tableOutbox.Uint64(q.n).Bytes())
	n, at := pageOf(seq)
	p, err := e.loadPage(ctx, c, n)
	if err != nil {
		return err
	}
	if r := p[at]; r != nil && !r.id.IsZero() {
		b.Set(tableSentKey.ID(q.idempotency[:]).Bytes(), r.id[:])
	}
	return e.apply(ctx, &b)
}

// hopeless reports whether a message will be refused whenever it is posted.
func hopeless(kind wire.ErrorKind) bool {
	switch kind {
	case wire.ErrorKindMalformed, wire.ErrorKindInvalid, wire.ErrorKindTooLarge, wire.ErrorKindForbidden, wire.ErrorKindNotFound:
		return true
	}
	return false
}

// giveUp takes a message that the server will never accept out of the outbox.
func (e *Engine) giveUp(ctx context.Context, q *queued) error {
	var b store.Batch
	if err := e.unqueue(ctx, &b, q); err != nil {
		return err
	}
	return e.apply(ctx, &b)
}

// tooLate explains the refusal of a message that was over before it was sent.
func tooLate(q *queued, err error) error {
	m, parseErr := content.Parse(q.content)
	if parseErr != nil || m.Fields().Expires.IsZero() {
		return err
	}
	return &fault.Error{Kind: fault.KindRefused, Message: "the message was to disappear before it could be sent; it is dropped", Err: err}
}
