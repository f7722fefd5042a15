package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/ephemeral"
)

// maxSociable is up to how many participants a conversation's people hear who is
// typing and how far the others have read.
const maxSociable = 50

// ephemerals returns the service for what is said beside the log.
func (e *Engine) ephemerals() wire.EphemeralClient { return wire.EphemeralClient{Doer: signedIn{e}} }

// sociable reports whether anything may be said beside the log of a conversation:
// nothing to a stranger who was not answered, nor to who is blocked, reset or gone.
func (e *Engine) sociable(ctx context.Context, c *conversation) (bool, error) {
	if !c.st.known() || c.st.Gone || c.endedByPeer() || len(c.st.Participants) > maxSociable {
		return false, nil
	}
	if c.st.Kind != convo.Direct {
		return true, nil
	}
	if blocked, err := e.blocked(ctx, c.st.Peer); err != nil || blocked {
		return false, err
	}
	if waits, err := e.waits(ctx, c); err != nil || waits {
		return false, err
	}
	stranger, err := e.isRequest(ctx, c)
	return !stranger, err
}

// whisper seals a message as this device's leaf and sends it. Where the device has
// no leaf in the present epoch, or a removal is not covered yet, nothing is sent.
func (e *Engine) whisper(ctx context.Context, c *conversation, m ephemeral.Message, keep bool) error {
	if err := e.loadWalk(ctx, c); err != nil || c.group == nil {
		return err
	}
	// Who is on the way out hears nothing more, as of messages.
	if n, err := e.uncovered(ctx, c); err != nil || n > 0 {
		return err
	}
	row, err := e.epoch(ctx, c, c.here())
	if err != nil || row == nil || row.secrets == nil {
		return err
	}
	e.counter = max(e.counter+1, uint64(max(e.cfg.Now().Add(e.skew).UnixMilli(), 0)))
	m.Counter = e.counter
	a := ephemeral.Address{Conversation: c.id, Generation: c.pos.Generation, Epoch: c.pos.Epoch, Leaf: uint32(c.group.OwnLeaf())}
	sealed, err := ephemeral.Seal(e.cfg.Rand, c.group.Suite(), c.group.SignatureKey(), row.secrets.JoinKey, a, m)
	if err != nil {
		return fault.Failed(err, "the message cannot be sealed")
	}
	_, err = e.ephemerals().SendEphemeral(ctx, &wire.SendEphemeralRequest{Conversation: c.id[:], Message: sealed, Keep: keep})
	return fault.FromServer(err)
}

// overheard is a message that opened, from somebody who may be listened to.
type overheard struct {
	c       *conversation
	account account.ID
	ephemeral.Message
	// present says that it is of the present epoch.
	present bool
}

// overhear opens what the server has handed on; nil for what is not to be heard.
func (e *Engine) overhear(ctx context.Context, b []byte) (*overheard, error) {
	a, err := ephemeral.ParseAddress(b)
	if err != nil {
		return nil, nil
	}
	c, err := e.conv(ctx, a.Conversation)
	if err != nil || c == nil {
		return nil, err
	}
	if ok, err := e.sociable(ctx, c); err != nil || !ok {
		return nil, err
	}
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil {
		return nil, err
	}
	at := epochID{a.Generation, a.Epoch}
	row, err := e.epoch(ctx, c, at)
	if err != nil || row == nil || row.secrets == nil {
		return nil, err
	}
	m, leaf, err := ephemeral.Open(b, row.record, row.secrets.JoinKey)
	if err != nil || leaf.Account == e.self.id {
		return nil, nil
	}
	if may, err := e.speaks(ctx, c, leaf); err != nil || !may {
		return nil, err
	}
	if m.Kind == ephemeral.Typing && !e.replays.Take(a, m, e.cfg.Now().Add(e.skew)) {
		return nil, nil
	}
	return &overheard{c: c, account: leaf.Account, Message: m, present: at == c.here()}, nil
}

// speaks reports whether a leaf is a present device of a participant who is not
// blocked.
func (e *Engine) speaks(ctx context.Context, c *conversation, leaf *convo.Leaf) (bool, error) {
	if _, in := c.st.Participants.Role(leaf.Account); !in {
		return false, nil
	}
	if blocked, err := e.blocked(ctx, leaf.Account); err != nil || blocked {
		return false, err
	}
	chain, err := e.storedChain(ctx, leaf.Account)
	if err != nil || chain == nil {
		return false, err
	}
	k, ok := chain.Keyholder(leaf.Device)
	return ok && k.Active() && k.Kind == account.KindDevice, nil
}

// hear takes what others have said beside the log. It returns who is typing, in
// one conversation where only is set.
func (e *Engine) hear(ctx context.Context, only *convo.ID, list [][]byte) (out []Typing, err error) {
	err = e.withAccount(ctx, func() error {
		for _, b := range list {
			m, err := e.overhear(ctx, b)
			if err != nil {
				return err
			}
			if m == nil {
				continue
			}
			switch m.Kind {
			case ephemeral.Read:
				err = e.takeReader(ctx, m)
			case ephemeral.Typing:
				if only != nil && m.c.id != *only {
					continue
				}
				var t *Typing
				if t, err = e.heardTyping(ctx, m, only == nil); t != nil {
					out = append(out, *t)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}
