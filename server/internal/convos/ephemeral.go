package convos

import (
	"context"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/ephemeral"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

var _ cofferv1connect.EphemeralServiceHandler = (*Service)(nil)

// maxRelay is up to how many participants ephemeral messages are handed on to.
const maxRelay = 50

// SendEphemeral implements the service. What is not kept leaves no trace here.
func (s *Service) SendEphemeral(ctx context.Context, req *connect.Request[cofferv1.SendEphemeralRequest]) (*connect.Response[cofferv1.SendEphemeralResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	message, keep := req.Msg.GetMessage(), req.Msg.GetKeep()
	if len(message) > 0 || !keep {
		a, err := ephemeral.ParseAddress(message)
		if err != nil || a.Conversation != id {
			return nil, fail.Kind(fail.Malformed, "the message is not an ephemeral one of this conversation")
		}
	}
	if wait, ok := s.ephemeral.Take(string(caller.Account[:]), 1); !ok {
		return nil, fail.RetryAfter(wait, errTooOften)
	}
	var to []account.ID
	others := func(v store.ConversationView) error {
		if _, err := participant(v, caller.Account); err != nil {
			return err
		}
		rows, err := v.Participants()
		to = nil
		for _, p := range rows {
			if p.Until == 0 && p.Left == 0 && p.Account != caller.Account {
				to = append(to, p.Account)
			}
		}
		return err
	}
	if keep {
		err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
			if err := others(tx); err != nil {
				return err
			}
			return tx.PutReadMark(store.ReadMark{Account: caller.Account, Message: message})
		})
	} else {
		err = s.Store.ViewConversation(ctx, id, others)
	}
	if err != nil {
		return nil, err
	}
	if len(message) > 0 && len(to) < maxRelay {
		for _, id := range to {
			s.Bus.Relay(id, message)
		}
	}
	return connect.NewResponse(&cofferv1.SendEphemeralResponse{}), nil
}

// GetReadMarks implements the service.
func (s *Service) GetReadMarks(ctx context.Context, req *connect.Request[cofferv1.GetReadMarksRequest]) (*connect.Response[cofferv1.GetReadMarksResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	m := &cofferv1.GetReadMarksResponse{}
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		if _, err := participant(v, caller.Account); err != nil {
			return err
		}
		rows, err := v.ReadMarks()
		for _, r := range rows {
			if r.Account != caller.Account {
				m.Marks = append(m.Marks, r.Message)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(m), nil
}
