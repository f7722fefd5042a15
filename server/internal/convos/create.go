package convos

import (
	"context"
	"errors"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// CreateConversation implements the service: the conversation, its creation
// entry and its first commit become true together.
func (s *Service) CreateConversation(ctx context.Context, req *connect.Request[cofferv1.CreateConversationRequest]) (*connect.Response[cofferv1.CreateConversationResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	if m, err := s.created(ctx, caller, id, req.Msg); m != nil || err != nil {
		return answer(m, err)
	}
	if err := s.limited(s.create, caller.Account, proto.Size(req.Msg)); err != nil {
		return nil, err
	}
	before, err := s.beginning(caller, id, req.Msg.GetCreate())
	if err != nil {
		return nil, err
	}
	j, err := s.judge(ctx, caller, before, nil, req.Msg.GetCommit())
	if err != nil {
		return nil, err
	}
	var c store.Conversation
	var first, second store.Entry
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		now := s.NowMS()
		c = store.Conversation{ID: id, CreatedMS: now, Generation: before.pos.Generation, Suite: uint16(before.group.Suite())}
		if err := tx.Create(c); err != nil {
			return err
		}
		first = store.Entry{
			Kind: convo.EntryCreate, Sender: convo.Sender{Account: caller.Account, Device: caller.Keyholder},
			AcceptedMS: now, Generation: before.pos.Generation, Body: req.Msg.GetCreate(),
		}
		follow(&c, &first, nil)
		if err := tx.Append(first); err != nil {
			return err
		}
		second, err = s.appendCommit(tx, &c, caller, j)
		return err
	})
	if errors.Is(err, store.ErrExists) {
		m, err := s.created(ctx, caller, id, req.Msg) // it came in between
		return answer(m, err)
	}
	if err != nil {
		return nil, err
	}
	s.groups.Put(id, j.after, j.after.size)
	s.Wake()
	return connect.NewResponse(&cofferv1.CreateConversationResponse{
		Head: s.head(id, c.Head), Entries: []*cofferv1.LogEntry{receipt(&first), receipt(&second)},
	}), nil
}

// created answers for a conversation that exists: with its first entries, if
// this very call made it, else that it exists. It returns nil where there is none.
func (s *Service) created(ctx context.Context, caller *auth.Caller, id convo.ID, req *cofferv1.CreateConversationRequest) (m *cofferv1.CreateConversationResponse, err error) {
	exists := fail.Kind(fail.Exists, "the conversation exists: read it, and send into it")
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		c, err := v.Conversation()
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		list, err := v.Entries(1, false, 2, maxPageBytes)
		if err != nil {
			return err
		}
		if len(list) != 2 || list[1].Sender.Device != caller.Keyholder || string(list[0].Body) != string(req.GetCreate()) ||
			string(list[1].Body) != string(req.GetCommit().GetCommit()) {
			return exists
		}
		m = &cofferv1.CreateConversationResponse{
			Head: s.head(id, c.Head), Entries: []*cofferv1.LogEntry{receipt(&list[0]), receipt(&list[1])},
		}
		return nil
	})
	return m, err
}

// beginning checks a creation entry: the id follows from it, and its one leaf is
// the calling device.
func (s *Service) beginning(caller *auth.Caller, id convo.ID, create []byte) (*followed, error) {
	pos, group, err := convo.Begin(create)
	if err != nil || group.CheckGroupInfo(create) != nil {
		return nil, fail.Kind(fail.Invalid, "the creation entry does not verify")
	}
	if pos.ID != id || pos.Generation != 0 || pos.State.Facts.Host != string(s.Host) {
		return nil, fail.Kind(fail.Invalid, "the conversation's id does not follow from its creation on this host")
	}
	leaf, _ := group.Member(mls.LeafIndex(0))
	l, identity, err := convo.LeafOf(leaf)
	if err != nil || l.Account != caller.Account || l.Device != caller.Keyholder ||
		caller.Chain.VerifyLeaf(caller.Chain.Head(), identity, l.SignatureKey) != nil {
		return nil, fail.Kind(fail.Forbidden, "the creator's leaf is not the calling device")
	}
	return &followed{pos: pos, group: group}, nil
}
