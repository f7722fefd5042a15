package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// directFacts are those of the conversation with another account.
func (e *Engine) directFacts(peer account.ID) *convo.Facts {
	return &convo.Facts{Host: string(e.self.host), Kind: convo.Direct, Creator: e.self.id, Peer: peer}
}

// create begins a conversation with its first commit, as one unit. If it is there
// already, the other side was first: its log is taken.
func (e *Engine) create(ctx context.Context, c *conversation, facts *convo.Facts, list convo.Participants) error {
	state := convo.State{Facts: facts, Participants: list}
	leaf, err := e.newLeaf(e.suite())
	if err != nil {
		return err
	}
	g, err := mls.NewGroup(e.cfg.Rand, mls.GroupParams{
		Suite: e.suite(), GroupID: convo.MLSGroupID(c.id, facts.Generation), Leaf: leaf, Extensions: state.Extensions(), KeepHistory: true,
	})
	if err != nil {
		return fault.Failed(err, "the group cannot be made")
	}
	creation, err := g.GroupInfo(e.cfg.Rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true, Extensions: state.CreationExtensions()})
	if err != nil {
		return fault.Failed(err, "the group cannot be made")
	}
	before, _, err := convo.Begin(creation)
	if err != nil {
		return fault.Failed(err, "the group cannot be made")
	}
	staged, u, own, err := e.firstCommit(ctx, before, g, list, convo.LogHead{})
	if err != nil {
		return err
	}
	var b store.Batch
	if err := c.setPending(&b, staged); err != nil {
		return err
	}
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	r, err := e.conversations().CreateConversation(ctx, &wire.CreateConversationRequest{
		Conversation: c.id[:], Create: creation, Commit: u,
	})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindExists {
		return e.syncConv(ctx, c)
	}
	if err != nil {
		return fault.FromServer(err)
	}
	return e.takeCreated(ctx, c, r, creation, u, own)
}

// firstCommit adds every device of every participant that has a key package. list
// are the participants after it; in a later generation who has left is not among
// them any more.
func (e *Engine) firstCommit(ctx context.Context, before *convo.Position, g *mls.Group, list convo.Participants, seen convo.LogHead) (*mls.StagedCommit, *wire.CommitUnit, *wire.EpochBundle, error) {
	t, err := e.headTable(ctx, list)
	if err != nil {
		return nil, nil, nil, err
	}
	h, err := e.commitHeader(seen, t)
	if err != nil {
		return nil, nil, nil, err
	}
	o := mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil), Parallel: e.cfg.Parallel, Now: e.serverNow()}
	if !slices.Equal(list, before.State.Participants) {
		o.Extensions = (&convo.State{Facts: before.State.Facts, Participants: list}).Extensions()
	}
	for i, head := range t {
		kps, err := e.claim(ctx, head, g.Suite())
		if err != nil {
			return nil, nil, nil, err
		}
		o.Add = append(o.Add, kps...)
		e.cfg.Progress(Progress{Task: "commit", Done: int64(i + 1), Total: int64(len(t))})
	}
	staged, err := g.Commit(e.cfg.Rand, o)
	if err != nil {
		return nil, nil, nil, fault.Failed(err, "the commit cannot be made")
	}
	u, own, err := e.unit(ctx, before, list, staged, g.SignatureKey(), t, h)
	return staged, u, own, err
}

// takeCreated takes the two entries of a creation from the server's answer.
func (e *Engine) takeCreated(ctx context.Context, c *conversation, r *wire.CreateConversationResponse, creation []byte, u *wire.CommitUnit, own *wire.EpochBundle) error {
	if len(r.Entries) != 2 || c.st.known() {
		return e.syncConv(ctx, c)
	}
	return e.takeUnit(ctx, c, r.Entries, r.Head, creation, u, own)
}

// takeUnit takes the two entries that begin a generation from the server's
// answer.
func (e *Engine) takeUnit(ctx context.Context, c *conversation, list []wire.LogEntry, w *wire.LogHead, body []byte, u *wire.CommitUnit, own *wire.EpochBundle) error {
	list[0].Body, list[1].Body = body, u.Commit
	var entries []*convo.Entry
	for i := range list {
		x, err := parseEntry(&list[i])
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
		}
		entries = append(entries, x)
	}
	head, err := e.takeHead(ctx, c, w)
	if err != nil {
		return err
	}
	own.Seq = entries[1].Seq
	return e.ingest(ctx, c, entries, head, map[uint64]*wire.EpochBundle{own.Seq: own})
}
