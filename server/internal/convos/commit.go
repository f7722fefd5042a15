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
	"github.com/coffer-chat/coffer/server/store"
)

// PostCommit implements the service.
func (s *Service) PostCommit(ctx context.Context, req *connect.Request[cofferv1.PostCommitRequest]) (*connect.Response[cofferv1.PostCommitResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	if err := s.limited(s.commit, caller.Account, proto.Size(req.Msg)); err != nil {
		return nil, err
	}
	var n *nextCommit
	var head convo.LogHead
	err = s.retry(ctx, caller, func(caller *auth.Caller) (err error) {
		n = &nextCommit{s: s, caller: caller, req: req.Msg}
		head, err = s.advance(ctx, caller, id, req.Msg.GetCommit().GetCommit(), n)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Wake()
	return connect.NewResponse(&cofferv1.PostCommitResponse{Entry: receipt(&n.entry), Head: s.head(id, head)}), nil
}

// nextCommit is a commit on its way into the log.
type nextCommit struct {
	s      *Service
	caller *auth.Caller
	req    *cofferv1.PostCommitRequest
	judged *judged
	entry  store.Entry
}

func (n *nextCommit) taken(v store.ConversationView, key []byte) (bool, error) {
	return again(v, n.caller, key, &n.entry)
}

func (n *nextCommit) follows(c *store.Conversation, h *mls.Header) bool {
	return h.Epoch == c.Epoch && n.req.GetGeneration() == c.Generation
}

func (n *nextCommit) judge(ctx context.Context, at *followed, left map[account.ID]bool) (j *judged, err error) {
	n.judged, err = n.s.judge(ctx, n.caller, at, left, n.req.GetCommit())
	return n.judged, err
}

func (n *nextCommit) append(tx store.ConversationTx, c *store.Conversation) (err error) {
	n.entry, err = n.s.appendCommit(tx, c, n.caller, n.judged)
	return err
}

// appendCommit appends a judged commit and moves c to its epoch.
func (s *Service) appendCommit(tx store.ConversationTx, c *store.Conversation, caller *auth.Caller, j *judged) (store.Entry, error) {
	if c.Generation != j.before.pos.Generation || c.Epoch != j.before.pos.Epoch {
		return store.Entry{}, errWrongEpoch
	}
	if c.Epoch > 0 { // of a conversation that begins there is nothing yet
		p, err := participant(tx, caller.Account)
		if err != nil {
			return store.Entry{}, err
		}
		if p.Named > caller.Chain.Head().Seq {
			return store.Entry{}, errBehind
		}
	}
	// The first commit is made before the creation entry has a link: it may name
	// the place before the log.
	if first := c.Epoch == 0 && j.header.Log == (convo.LogHead{}); !first {
		if err := onLog(tx, j.header.Log); err != nil {
			return store.Entry{}, err
		}
	}
	now := s.NowMS()
	e := store.Entry{
		Kind: convo.EntryCommit, Sender: convo.Sender{Account: caller.Account, Device: caller.Keyholder},
		AcceptedMS: max(now, c.AcceptedMS), Generation: j.after.pos.Generation, Epoch: j.after.pos.Epoch,
		Body: j.body, Idempotency: j.header.Idempotency[:],
	}
	follow(c, &e, j.raw)
	c.Epoch, c.GraceMS = j.after.pos.Epoch, 0
	if j.harmless {
		c.GraceMS = now + uint64(grace.Milliseconds())
	}
	pos := *j.after.pos
	pos.Seq = e.Seq
	j.after.pos = &pos
	group, err := save(j.after, j.groupInfo)
	if err != nil {
		return e, err
	}
	epoch := j.epoch
	epoch.Seq = e.Seq
	if c.LeaveSeq, err = j.writeMembers(tx, e.Seq); err != nil {
		return e, err
	}
	err = errors.Join(tx.Append(e), tx.SetConversation(*c), tx.SetGroup(group), tx.PutEpoch(epoch, j.deposits), tx.Wake())
	if err == nil && j.welcome != nil {
		err = tx.PutWelcome(*j.welcome, j.to, now)
	}
	return e, err
}
