package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// enter makes this device a member: by external commit, or, where that is not
// possible any more, by opening the next generation.
func (e *Engine) enter(ctx context.Context, c *conversation) error {
	if c.st.Stuck == convo.ReasonDeposit {
		// Somebody may have filed the right one meanwhile.
		if err := e.mend(ctx, c); err != nil {
			return err
		}
	}
	if c.st.Stuck != 0 {
		return e.reopen(ctx, c, c.st.Stuck)
	}
	return e.join(ctx, c)
}

// reopen gives the conversation's group up and opens the next generation with
// the same participants. Of several devices the first at the server does; the
// others find it opened and take part in that one.
func (e *Engine) reopen(ctx context.Context, c *conversation, why convo.Reason) error {
	from, leased := c.pos.Generation, false
	defer func() {
		if leased {
			e.giveLeaseBack(ctx, c)
		}
	}()
	for try := range commitAttempts {
		if err := e.settlePending(ctx, c); err != nil {
			return err
		}
		leased = true
		if err := e.awaitLease(ctx, c); err != nil {
			return err
		}
		if err := e.syncConv(ctx, c); err != nil {
			return err
		}
		if c.pos.Generation != from || why != convo.ReasonSuite && c.st.Stuck == 0 || c.st.Gone {
			return nil
		}
		again, err := e.tryReopen(ctx, c, why)
		if err == nil && !again {
			leased = false // the server took it back with the commit
		}
		if err != nil || !again {
			return err
		}
		if err := e.pause(ctx, try); err != nil {
			return err
		}
	}
	return &fault.Error{Kind: fault.KindUnreachable, Message: "the conversation keeps changing; try again"}
}

// tryReopen makes one attempt; again says that somebody else was faster.
func (e *Engine) tryReopen(ctx context.Context, c *conversation, why convo.Reason) (again bool, err error) {
	s := c.pos.Context.CipherSuite
	if why == convo.ReasonSuite {
		s = e.suite()
	}
	leaf, err := e.newLeaf(s)
	if err != nil {
		return false, err
	}
	state := c.pos.NextState()
	g, err := mls.NewGroup(e.cfg.Rand, mls.GroupParams{
		Suite: s, GroupID: convo.MLSGroupID(c.id, state.Facts.Generation), Leaf: leaf, Extensions: state.Extensions(), KeepHistory: true,
	})
	if err != nil {
		return false, fault.Failed(err, "the group cannot be made")
	}
	body, err := g.GroupInfo(e.cfg.Rand, mls.GroupInfoOptions{
		ExternalPub: true, Tree: true, Extensions: c.pos.Opening(why, c.st.Top).Extensions(),
	})
	if err != nil {
		return false, fault.Failed(err, "the group cannot be made")
	}
	before, _, _, err := c.pos.Reopen(&convo.Entry{
		Seq: c.st.Top.Seq + 1, Sender: convo.Sender{Account: e.self.id, Device: e.self.device.ID()}, Body: body,
	})
	if err != nil {
		return false, fault.Failed(err, "the group cannot be made")
	}
	after := (&change{}).apply(state.Participants, c.st.Leaving, c.st.Kind)
	staged, u, own, err := e.firstCommit(ctx, before, g, after, c.st.Top)
	if err != nil {
		return false, err
	}
	return e.postGeneration(ctx, c, body, staged, u, own)
}

// postGeneration stores the commit that a generation begins with, posts both and
// takes them from the log like any others.
func (e *Engine) postGeneration(ctx context.Context, c *conversation, body []byte, staged *mls.StagedCommit, u *wire.CommitUnit, own *wire.EpochBundle) (again bool, err error) {
	var b store.Batch
	if err := c.setPending(&b, staged); err != nil {
		return false, err
	}
	if err := e.apply(ctx, &b); err != nil {
		return false, err
	}
	r, err := e.conversations().OpenGeneration(ctx, &wire.OpenGenerationRequest{
		Conversation: c.id[:], Generation: own.Generation, Create: body, Commit: u,
	})
	switch kind, _ := fault.Refusal(err); {
	case err == nil:
	case kind == wire.ErrorKindWrongEpoch || kind == wire.ErrorKindStale || kind == wire.ErrorKindUnknownHead:
		return true, e.syncConv(ctx, c)
	default:
		if kind != wire.ErrorKindUnspecified {
			if dropped := e.dropPending(ctx, c); dropped != nil {
				return false, dropped
			}
		}
		return false, fault.FromServer(err)
	}
	if len(r.Entries) != 2 || r.Entries[0].Seq != c.st.Top.Seq+1 {
		return false, e.syncConv(ctx, c)
	}
	return false, e.takeUnit(ctx, c, r.Entries, r.Head, body, u, own)
}

// outgrown reports whether the conversation's cipher suite does not keep its
// messages from a later quantum computer, though every device in it can use one
// that does.
func (e *Engine) outgrown(c *conversation) bool {
	s := e.suite()
	if convo.PostQuantum(c.pos.Context.CipherSuite) || !convo.PostQuantum(s) || c.group == nil {
		return false
	}
	for _, n := range c.group.Members() {
		able := false
		for _, have := range n.Capabilities.CipherSuites {
			able = able || have == s
		}
		if !able {
			return false
		}
	}
	return true
}
