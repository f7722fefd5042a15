package convos

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/store"
)

// ReleaseClaims implements the service.
func (s *Service) ReleaseClaims(ctx context.Context, req *connect.Request[cofferv1.ReleaseClaimsRequest]) (*connect.Response[cofferv1.ReleaseClaimsResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		if _, err := reader(tx, caller.Account); err != nil {
			return err
		}
		rows, err := claimants(tx)
		if err != nil {
			return err
		}
		for _, seq := range req.Msg.GetSeqs() {
			if err := release(tx, caller, rows, seq); err != nil {
				return err
			}
		}
		return nil
	})
	return answer(&cofferv1.ReleaseClaimsResponse{}, err)
}

// release notes that the caller's account needs an entry no more, and erases it
// once nobody does.
func release(tx store.ConversationTx, caller *auth.Caller, rows []store.Participant, seq uint64) error {
	e, err := tx.Entry(seq)
	if errors.Is(err, store.ErrNotFound) || err == nil && (e.Erased() || e.Kind != convo.EntryMessage) {
		return nil
	}
	if err != nil {
		return err
	}
	released, err := tx.Release(seq, caller.Account)
	if err != nil {
		return err
	}
	if claimed, err := claimed(tx, &e, rows, released); claimed || err != nil {
		return err
	}
	return erase(tx, &e)
}
