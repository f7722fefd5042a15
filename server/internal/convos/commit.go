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

// PostCommit implements the service.
func (s *Service) PostCommit(ctx context.Context, req *connect.Request[cofferv1.PostCommitRequest]) (*connect.Response[cofferv1.PostCommitResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	if err := s.limited(s.commit, caller.Account, proto.Size(req.Msg)); err != nil {
		return nil, err
	}
	var entry store.Entry
	var head convo.LogHead
	err = s.retry(ctx, caller, func(caller *auth.Caller) (err error) {
		entry, head, err = s.postCommit(ctx, caller, id, req.Msg)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Wake()
	return connect.NewResponse(&cofferv1.PostCommitResponse{Entry: receipt(&entry), Head: s.head(id, head)}), nil
}

func (s *Service) postCommit(ctx context.Context, caller *auth.Caller, id convo.ID, req *cofferv1.PostCommitRequest) (entry store.Entry, head convo.LogHead, err error) {
	h, err := mls.ParseHeader(req.GetCommit().GetCommit())
	if err != nil || h.WireFormat != mls.WirePublicMessage || h.ContentType != mls.ContentCommit {
		return entry, head, fail.Kind(fail.Malformed, "the commit is not a PublicMessage with a commit")
	}
	header, err := convo.ParseCommitHeader(h.AuthenticatedData)
	if err != nil {
		return entry, head, fail.Kind(fail.Malformed, "the commit's header does not parse")
	}
	var before *followed
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
		if done, err = again(v, caller, header.Idempotency[:], &entry); done || err != nil {
			head = c.Head
			return err
		}
		if req.GetGeneration() != c.Generation || h.Epoch != c.Epoch {
			return errWrongEpoch
		}
		rows, err := v.Participants()
		if err != nil {
			return err
		}
		left = leftOf(rows)
		before, err = s.current(v, &c)
		return err
	})
	if err != nil || done {
		return entry, head, err
	}
	j, err := s.judge(ctx, caller, before, left, req.GetCommit())
	if err != nil {
		return entry, head, err
	}
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		c, err := tx.Conversation()
		if err != nil {
			return err
		}
		if done, err = again(tx, caller, header.Idempotency[:], &entry); done || err != nil {
			head = c.Head
			return err
		}
		entry, err = s.appendCommit(tx, &c, caller, j)
		head = c.Head
		return err
	})
	if err == nil && !done {
		s.groups.Put(id, j.after, j.after.size)
		s.leases.giveBack(id, entry.Sender)
	}
	return entry, head, err
}

// again looks for the entry that a call with the same key made before.
func again(v store.ConversationView, caller *auth.Caller, key []byte, entry *store.Entry) (bool, error) {
	seq, err := v.ByIdempotency(caller.Account, key)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		*entry, err = v.Entry(seq)
	}
	return err == nil, err
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
