package convos

import (
	"context"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// nextGeneration is a generation with its first commit on its way into the log.
type nextGeneration struct {
	s       *Service
	caller  *auth.Caller
	req     *cofferv1.OpenGenerationRequest
	judged  *judged
	old     *followed // the group that is given up
	opening *convo.Opening
	entries [2]store.Entry
}

// OpenGeneration implements the service. Of several devices that open the next
// generation the first stands; the others read on and join.
func (s *Service) OpenGeneration(ctx context.Context, req *connect.Request[cofferv1.OpenGenerationRequest]) (*connect.Response[cofferv1.OpenGenerationResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	if err := s.limited(s.create, caller.Account, proto.Size(req.Msg)); err != nil {
		return nil, err
	}
	var n *nextGeneration
	var head convo.LogHead
	err = s.retry(ctx, caller, func(caller *auth.Caller) (err error) {
		n = &nextGeneration{s: s, caller: caller, req: req.Msg}
		head, err = s.advance(ctx, caller, id, req.Msg.GetCommit().GetCommit(), n)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Wake()
	return connect.NewResponse(&cofferv1.OpenGenerationResponse{
		Head: s.head(id, head), Entries: []*cofferv1.LogEntry{receipt(&n.entries[0]), receipt(&n.entries[1])},
	}), nil
}

func (n *nextGeneration) follows(c *store.Conversation, _ *mls.Header) bool {
	return n.req.GetGeneration() == c.Generation+1
}

// taken looks for both entries, the generation and its first commit.
func (n *nextGeneration) taken(v store.ConversationView, key []byte) (bool, error) {
	done, err := again(v, n.caller, key, &n.entries[1])
	if !done || err != nil {
		return false, err
	}
	if n.entries[1].Seq > 1 {
		n.entries[0], err = v.Entry(n.entries[1].Seq - 1)
	}
	if err == nil && n.entries[0].Kind != convo.EntryGeneration {
		err = fail.Kind(fail.Invalid, "the idempotency key belongs to another commit")
	}
	return err == nil, err
}

// judge checks that the generation follows from the one before, that its one leaf
// is the calling device, and its first commit as any other.
func (n *nextGeneration) judge(ctx context.Context, at *followed, left map[account.ID]bool) (*judged, error) {
	sender := convo.Sender{Account: n.caller.Account, Device: n.caller.Keyholder}
	// Its seq is not known yet; that it names a head of the log is checked when
	// it is appended.
	pos, group, opening, err := at.pos.Reopen(&convo.Entry{Seq: ^uint64(0), Sender: sender, Body: n.req.GetCreate()})
	if err != nil || group.CheckGroupInfo(n.req.GetCreate()) != nil {
		return nil, fail.Kind(fail.Invalid, "the generation does not follow from the conversation's newest epoch")
	}
	leaf, _ := group.Member(mls.LeafIndex(0))
	l, identity, err := convo.LeafOf(leaf)
	if err != nil || n.caller.Chain.VerifyLeaf(n.caller.Chain.Head(), identity, l.SignatureKey) != nil {
		return nil, fail.Kind(fail.Forbidden, "the generation's first leaf is not the calling device")
	}
	j, err := n.s.judge(ctx, n.caller, &followed{pos: pos, group: group}, left, n.req.GetCommit())
	if err != nil {
		return nil, err
	}
	n.judged, n.old, n.opening = j, at, opening
	return j, n.replace()
}

// replace notes that the leaves of the group that is given up make way for those
// of the new one.
func (n *nextGeneration) replace() error {
	before, err := leaves(n.old.group)
	if err != nil {
		return err
	}
	after, err := leaves(n.judged.after.group)
	if err != nil {
		return err
	}
	n.judged.gone = n.judged.gone[:0]
	for d := range before {
		if !after[d] {
			n.judged.gone = append(n.judged.gone, d)
		}
	}
	return nil
}

// append appends the generation and its first commit, if the epoch that it gives
// up is still the newest.
func (n *nextGeneration) append(tx store.ConversationTx, c *store.Conversation) error {
	if c.Generation != n.old.pos.Generation || c.Epoch != n.old.pos.Epoch {
		return errWrongEpoch
	}
	p, err := participant(tx, n.caller.Account)
	if err != nil {
		return err
	}
	if p.Named > n.caller.Chain.Head().Seq {
		return errBehind
	}
	for _, h := range []convo.LogHead{n.opening.Log, n.judged.header.Log} {
		if err := onLog(tx, h); err != nil {
			return err
		}
	}
	e := store.Entry{
		Kind: convo.EntryGeneration, Sender: convo.Sender{Account: n.caller.Account, Device: n.caller.Keyholder},
		AcceptedMS: max(n.s.NowMS(), c.AcceptedMS), Generation: n.judged.before.pos.Generation, Body: n.req.GetCreate(),
	}
	follow(c, &e, nil)
	if err := tx.Append(e); err != nil {
		return err
	}
	n.entries[0] = e
	c.Generation, c.Epoch, c.Suite = n.judged.before.pos.Generation, 0, uint16(n.judged.before.group.Suite())
	n.entries[1], err = n.s.appendCommit(tx, c, n.caller, n.judged)
	return err
}
