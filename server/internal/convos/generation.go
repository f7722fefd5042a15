package convos

import (
	"context"
	"errors"

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

// opened is a generation that may begin: all that its transaction writes.
type opened struct {
	*judged
	old     *followed // the group that is given up
	body    []byte
	opening *convo.Opening
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
	var entries [2]store.Entry
	var head convo.LogHead
	err = s.retry(ctx, caller, func(caller *auth.Caller) (err error) {
		entries, head, err = s.openGeneration(ctx, caller, id, req.Msg)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Wake()
	return connect.NewResponse(&cofferv1.OpenGenerationResponse{
		Head: s.head(id, head), Entries: []*cofferv1.LogEntry{receipt(&entries[0]), receipt(&entries[1])},
	}), nil
}

func (s *Service) openGeneration(ctx context.Context, caller *auth.Caller, id convo.ID, req *cofferv1.OpenGenerationRequest) (entries [2]store.Entry, head convo.LogHead, err error) {
	h, err := mls.ParseHeader(req.GetCommit().GetCommit())
	if err != nil {
		return entries, head, fail.Kind(fail.Malformed, "the first commit does not parse")
	}
	header, err := convo.ParseCommitHeader(h.AuthenticatedData)
	if err != nil {
		return entries, head, fail.Kind(fail.Malformed, "the commit's header does not parse")
	}
	var old *followed
	var left map[account.ID]bool
	done := false
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		c, err := v.Conversation()
		if errors.Is(err, store.ErrNotFound) {
			return errNoConversation
		}
		if err != nil {
			return err
		}
		if _, err := participant(v, caller.Account); err != nil {
			return err
		}
		if done, err = openedBefore(v, caller, header.Idempotency[:], &entries); done || err != nil {
			head = c.Head
			return err
		}
		if req.GetGeneration() != c.Generation+1 {
			return errWrongEpoch
		}
		rows, err := v.Participants()
		if err != nil {
			return err
		}
		left = leftOf(rows)
		old, err = s.current(v, &c)
		return err
	})
	if err != nil || done {
		return entries, head, err
	}
	o, err := s.judgeOpening(ctx, caller, old, left, req)
	if err != nil {
		return entries, head, err
	}
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		c, err := tx.Conversation()
		if err != nil {
			return err
		}
		if done, err = openedBefore(tx, caller, header.Idempotency[:], &entries); done || err != nil {
			head = c.Head
			return err
		}
		entries, err = s.appendOpening(tx, &c, caller, o)
		head = c.Head
		return err
	})
	if err == nil && !done {
		s.groups.Put(id, o.after, o.after.size)
		s.leases.giveBack(id, entries[1].Sender)
	}
	return entries, head, err
}

// openedBefore looks for the two entries that a call with the same key made.
func openedBefore(v store.ConversationView, caller *auth.Caller, key []byte, entries *[2]store.Entry) (bool, error) {
	done, err := again(v, caller, key, &entries[1])
	if !done || err != nil {
		return false, err
	}
	if entries[1].Seq > 1 {
		entries[0], err = v.Entry(entries[1].Seq - 1)
	}
	if err == nil && entries[0].Kind != convo.EntryGeneration {
		err = fail.Kind(fail.Invalid, "the idempotency key belongs to another commit")
	}
	return err == nil, err
}

// judgeOpening checks that the generation follows from the one before, that its
// one leaf is the calling device, and its first commit as any other.
func (s *Service) judgeOpening(ctx context.Context, caller *auth.Caller, old *followed, left map[account.ID]bool, req *cofferv1.OpenGenerationRequest) (*opened, error) {
	sender := convo.Sender{Account: caller.Account, Device: caller.Keyholder}
	// Its seq is not known yet; that it names a head of the log is checked when
	// it is appended.
	pos, group, opening, err := old.pos.Reopen(&convo.Entry{Seq: ^uint64(0), Sender: sender, Body: req.GetCreate()})
	if err != nil || group.CheckGroupInfo(req.GetCreate()) != nil {
		return nil, fail.Kind(fail.Invalid, "the generation does not follow from the conversation's newest epoch")
	}
	leaf, _ := group.Member(mls.LeafIndex(0))
	l, identity, err := convo.LeafOf(leaf)
	if err != nil || caller.Chain.VerifyLeaf(caller.Chain.Head(), identity, l.SignatureKey) != nil {
		return nil, fail.Kind(fail.Forbidden, "the generation's first leaf is not the calling device")
	}
	j, err := s.judge(ctx, caller, &followed{pos: pos, group: group}, left, req.GetCommit())
	if err != nil {
		return nil, err
	}
	o := &opened{judged: j, old: old, body: req.GetCreate(), opening: opening}
	return o, o.replace()
}

// replace notes that the leaves of the group that is given up make way for those
// of the new one.
func (o *opened) replace() error {
	before, err := leaves(o.old.group)
	if err != nil {
		return err
	}
	after, err := leaves(o.after.group)
	if err != nil {
		return err
	}
	o.gone = o.gone[:0]
	for d := range before {
		if !after[d] {
			o.gone = append(o.gone, d)
		}
	}
	return nil
}

// appendOpening appends the generation and its first commit, if the epoch that
// it gives up is still the newest.
func (s *Service) appendOpening(tx store.ConversationTx, c *store.Conversation, caller *auth.Caller, o *opened) (entries [2]store.Entry, err error) {
	if c.Generation != o.old.pos.Generation || c.Epoch != o.old.pos.Epoch {
		return entries, errWrongEpoch
	}
	p, err := participant(tx, caller.Account)
	if err != nil {
		return entries, err
	}
	if p.Named > caller.Chain.Head().Seq {
		return entries, errBehind
	}
	for _, h := range []convo.LogHead{o.opening.Log, o.header.Log} {
		if err := onLog(tx, h); err != nil {
			return entries, err
		}
	}
	e := store.Entry{
		Kind: convo.EntryGeneration, Sender: convo.Sender{Account: caller.Account, Device: caller.Keyholder},
		AcceptedMS: max(s.NowMS(), c.AcceptedMS), Generation: o.before.pos.Generation, Body: o.body,
	}
	follow(c, &e, nil)
	if err := tx.Append(e); err != nil {
		return entries, err
	}
	entries[0] = e
	c.Generation, c.Epoch, c.Suite = o.before.pos.Generation, 0, uint16(o.before.group.Suite())
	entries[1], err = s.appendCommit(tx, c, caller, o.judged)
	return entries, err
}
