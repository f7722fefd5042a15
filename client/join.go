package client

import (
	"bytes"
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// welcome looks for a Welcome for this device, so that the walk makes it a member
// when it reaches the Welcome's epoch. Without one, or with one that does not
// open, the device reads by its vault and joins when it first sends.
func (e *Engine) welcome(ctx context.Context, c *conversation) error {
	r, err := e.conversations().GetWelcome(ctx, &wire.GetWelcomeRequest{Conversation: c.id[:]})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
		return nil
	}
	if err != nil {
		return fault.FromServer(err)
	}
	if len(r.Welcome) == 0 {
		return nil
	}
	refs, err := mls.WelcomeRefs(r.Welcome)
	if err != nil {
		return nil
	}
	for _, ref := range refs {
		v, err := e.get(ctx, tableKeyPkg.ID(ref))
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		bundle, err := mls.ParseKeyPackageBundle(v)
		if err != nil {
			return damaged(err, "key package")
		}
		g, err := mls.JoinWelcome(r.Welcome, bundle, mls.JoinOptions{Tree: r.RatchetTree, Parallel: e.cfg.Parallel, KeepHistory: true})
		if err == nil && bytes.Equal(g.GroupID(), convo.MLSGroupID(c.id, r.Generation)) {
			c.joining = g
			last, err := e.get(ctx, keyLastResort)
			if err != nil {
				return err
			}
			if !bytes.Equal(ref, last) {
				c.usedKeyPackage = ref
			}
		}
		return nil
	}
	return nil
}

// join makes this device a member by external commit: it injects the join key of
// the present epoch, which the deposit gave it, and takes out one leaf that its
// account may not keep. Whatever more is to be removed is left to the commits
// that follow.
func (e *Engine) join(ctx context.Context, c *conversation) error {
	for try := range commitAttempts {
		if err := e.settlePending(ctx, c); err != nil {
			return err
		}
		if c.group != nil {
			return nil
		}
		again, err := e.tryJoin(ctx, c)
		if err != nil {
			return err
		}
		if !again {
			return nil
		}
		if err := e.pause(ctx, try); err != nil {
			return err
		}
	}
	return &fault.Error{Kind: fault.KindUnreachable, Message: "the conversation keeps changing; try again"}
}

func (e *Engine) tryJoin(ctx context.Context, c *conversation) (again bool, err error) {
	row, err := e.epoch(ctx, c, c.here())
	if err != nil {
		return false, err
	}
	if row == nil || row.secrets == nil {
		return false, &fault.Error{Kind: fault.KindRefused, Message: "this device cannot join the conversation by itself; send something from another device of yours first"}
	}
	r, err := e.conversations().GetGroup(ctx, &wire.GetGroupRequest{Conversation: c.id[:]})
	if err != nil {
		return false, fault.FromServer(err)
	}
	info, err := mls.ParseGroupInfo(r.GroupInfo)
	if err != nil {
		return false, fault.Broken(fault.PromiseProved, err, "the server sent a damaged group")
	}
	if info.Context.Epoch != c.pos.Epoch {
		return true, e.syncConv(ctx, c)
	}
	external, _ := info.Extensions.Get(mls.ExtensionExternalPub)
	pub := syntax.NewReader(external)
	if !bytes.Equal(info.Context.Append(nil), c.pos.Record.GroupContext) || !bytes.Equal(pub.Opaque(), c.pos.Record.ExternalPub) || pub.Done() != nil {
		return false, fault.Broken(fault.PromiseProved, nil, "the server's group is not the one that its commits lead to")
	}
	return e.postJoin(ctx, c, row, r)
}

func (e *Engine) postJoin(ctx context.Context, c *conversation, row *epochRow, r *wire.GetGroupResponse) (again bool, err error) {
	t, err := e.headTable(ctx, c.st.Participants)
	if err != nil {
		return false, err
	}
	h, err := e.commitHeader(c.st.Top, t)
	if err != nil {
		return false, err
	}
	leaf, err := e.newLeaf(c.pos.Context.CipherSuite)
	if err != nil {
		return false, err
	}
	id := convo.JoinKeyID(c.id, c.pos.Generation, c.pos.Epoch)
	staged, err := mls.JoinExternal(e.cfg.Rand, r.GroupInfo, mls.ExternalOptions{
		Tree: r.RatchetTree, Leaf: leaf, Remove: e.ownStaleLeaf(c), AuthenticatedData: h.Append(nil),
		PSKs:        []mls.PSK{mls.ExternalPSK(id, mls.Secret(row.secrets.JoinKey[:]))},
		KeepHistory: true, Parallel: e.cfg.Parallel, Now: e.serverNow(),
	})
	if err != nil {
		return false, fault.Broken(fault.PromiseProved, err, "the server's group is not one that can be joined")
	}
	u, own, err := e.unit(ctx, c.pos, c.st.Participants, staged, leaf.SignatureKey, t, h)
	if err != nil {
		return false, err
	}
	return e.postCommit(ctx, c, staged, u, own)
}

// ownStaleLeaf returns a leaf of the own account that an external commit may
// take out: this device's own, whose state was lost, else one of a device that
// was removed.
func (e *Engine) ownStaleLeaf(c *conversation) *mls.LeafIndex {
	var stale *mls.LeafIndex
	seq := e.self.chain.Head().Seq
	for i, l := range c.pos.Record.Leaves {
		if l == nil || l.Account != e.self.id {
			continue
		}
		index := mls.LeafIndex(i)
		if l.Device == e.self.device.ID() {
			return &index
		}
		if stale == nil && !e.self.chain.ActiveAt(l.Device, seq) {
			stale = &index
		}
	}
	return stale
}
