package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// compareCheckpoints holds what is here against the checkpoints of the account's
// other devices: a server that shows them different logs is found out.
func (e *Engine) compareCheckpoints(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := e.compareConv(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) compareConv(ctx context.Context, c *conversation) error {
	t, err := e.trustOf(ctx, c)
	if err != nil {
		return err
	}
	for _, h := range t.held {
		if !e.counts(h) || t.compared[h.device] == h.Head {
			continue
		}
		link, known, err := e.linkAt(ctx, c, h.Head.Seq)
		if err != nil {
			return err
		}
		if !known {
			continue
		}
		if link != h.Head.Link {
			return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows the devices of this account different logs")
		}
		if t.compared == nil {
			t.compared = map[account.KeyholderID]convo.LogHead{}
		}
		t.compared[h.device] = h.Head
	}
	return nil
}

// checkHead refuses a log that ends before a checkpoint that was known when its
// head was asked for. Who is out of a conversation may read less of it.
func (e *Engine) checkHead(ctx context.Context, c *conversation, head convo.LogHead) error {
	t, err := e.trustOf(ctx, c)
	if err != nil {
		return err
	}
	h := e.newestCheckpoint(t)
	if _, in := c.st.Participants.Role(e.self.id); in && !c.st.Gone && h != nil && h.Head.Seq > head.Seq {
		return fault.Broken(fault.PromiseStored, nil, "the server's log of a conversation ends before what a device of this account has verified")
	}
	return nil
}

// checkpointed returns the newest checkpoint that counts of each conversation.
func (e *Engine) checkpointed(ctx context.Context) (map[convo.ID]*heldCheckpoint, error) {
	newest := map[convo.ID]*heldCheckpoint{}
	err := e.cfg.Store.Scan(ctx, tableCheckpoint.Range(), func(_, v []byte) error {
		h, err := parseHeldCheckpoint(v)
		if err != nil {
			return damaged(err, "checkpoints")
		}
		if old := newest[h.Conversation]; e.counts(h) && (old == nil || old.Head.Seq < h.Head.Seq) {
			newest[h.Conversation] = h
		}
		return nil
	})
	return newest, err
}

// reportWithheld adds a gap to a restore's report for each conversation that a
// checkpoint speaks of and the server does not list.
func (e *Engine) reportWithheld(ctx context.Context, list []wire.ConversationSummary, report *Restored) error {
	listed := map[string]bool{}
	for i := range list {
		listed[string(list[i].Conversation)] = true
	}
	newest, err := e.checkpointed(ctx)
	if err != nil {
		return err
	}
	for id, h := range newest {
		if listed[string(id[:])] {
			continue
		}
		report.Expected += int64(h.Messages)
		report.Gaps = append(report.Gaps, Gap{
			Conversation: id, Name: id.String(), From: 1, To: h.Head.Seq,
			Reason: "the server does not list this conversation, which a device of this account has verified",
		})
	}
	return nil
}
