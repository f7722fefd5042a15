package convos

import (
	"context"
	"encoding/binary"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// GetConversation implements the service.
func (s *Service) GetConversation(ctx context.Context, req *connect.Request[cofferv1.GetConversationRequest]) (*connect.Response[cofferv1.GetConversationResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	row := store.ConversationIndex{Conversation: id}
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		found, err := v.Conversation(id)
		if err == nil {
			row = found
		}
		if errors.Is(err, store.ErrNotFound) {
			return nil // the index lags
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	m, err := s.summary(ctx, caller, row)
	return answer(&cofferv1.GetConversationResponse{Conversation: m}, err)
}

// maxResets bounds the resets that a summary tells of.
const maxResets = 64

// summary reads a conversation as the caller may see it.
func (s *Service) summary(ctx context.Context, caller *auth.Caller, row store.ConversationIndex) (*cofferv1.ConversationSummary, error) {
	var m *cofferv1.ConversationSummary
	err := s.Store.ViewConversation(ctx, row.Conversation, func(v store.ConversationView) error {
		p, err := reader(v, caller.Account)
		if err != nil {
			return err
		}
		c, err := v.Conversation()
		if err != nil {
			return err
		}
		head, err := s.readable(v, caller)
		if err != nil {
			return err
		}
		member, err := v.IsLeaf(store.Device{Account: caller.Account, Device: caller.Keyholder})
		if err != nil {
			return err
		}
		m = &cofferv1.ConversationSummary{
			Conversation: row.Conversation[:], Head: s.head(row.Conversation, head), Generation: c.Generation, Epoch: c.Epoch,
			LastActivityMs: c.AcceptedMS, InfoSeq: c.InfoSeq, ReadableTo: readableTo(p), Member: member, Change: row.Change,
		}
		if m.Resets, err = v.Resets(maxResets); err != nil {
			return err
		}
		if to := m.GetReadableTo(); to != 0 {
			m.LastActivityMs = row.ActivityMS
			if m.InfoSeq > to {
				m.InfoSeq = 0
			}
		}
		return nil
	})
	return m, err
}

// ListConversations implements the service. A page token is the place of the
// last row: activity and id, or, in the order of change, the change.
func (s *Service) ListConversations(ctx context.Context, req *connect.Request[cofferv1.ListConversationsRequest]) (*connect.Response[cofferv1.ListConversationsResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	limit := page(req.Msg.GetLimit(), maxPage)
	byChange := req.Msg.GetChangedAfter() > 0
	after, err := parsePageToken(req.Msg.GetAfter(), byChange)
	if err != nil {
		return nil, err
	}
	m := &cofferv1.ListConversationsResponse{}
	var rows []store.ConversationIndex
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		if m.Total, err = v.ConversationCount(); err != nil {
			return err
		}
		if byChange {
			rows, err = v.ByChange(max(req.Msg.GetChangedAfter(), after.Change), limit)
		} else {
			rows, err = v.ByActivity(after, limit)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		c, err := s.summary(ctx, caller, row)
		if err != nil {
			return nil, err
		}
		m.Conversations = append(m.Conversations, c)
	}
	if n := len(rows); n == limit {
		m.Next = pageToken(rows[n-1], byChange)
	}
	return connect.NewResponse(m), nil
}

func pageToken(row store.ConversationIndex, byChange bool) []byte {
	if byChange {
		return binary.BigEndian.AppendUint64(nil, row.Change)
	}
	return append(binary.BigEndian.AppendUint64(nil, row.ActivityMS), row.Conversation[:]...)
}

func parsePageToken(b []byte, byChange bool) (row store.ConversationIndex, err error) {
	switch {
	case len(b) == 0:
	case byChange && len(b) == 8:
		row.Change = binary.BigEndian.Uint64(b)
	case !byChange && len(b) == 8+len(convo.ID{}):
		row.ActivityMS = binary.BigEndian.Uint64(b)
		copy(row.Conversation[:], b[8:])
	default:
		err = fail.Kind(fail.Malformed, "the page token is not one of this list")
	}
	return row, err
}
