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
	out := &cofferv1.ReleaseClaimsResponse{}
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		if _, err := reader(tx, caller.Account); err != nil {
			return err
		}
		rows, err := claimants(tx)
		if err != nil {
			return err
		}
		out.Erased = nil
		for _, seq := range req.Msg.GetSeqs() {
			erased, err := release(tx, caller, rows, seq)
			if err != nil {
				return err
			}
			if erased {
				out.Erased = append(out.Erased, seq)
			}
		}
		return nil
	})
	return answer(out, err)
}

// release notes that the caller's account needs an entry no more, and erases it
// once nobody does; erased reports whether it is.
func release(tx store.ConversationTx, caller *auth.Caller, rows []store.Participant, seq uint64) (erased bool, err error) {
	e, err := tx.Entry(seq)
	if errors.Is(err, store.ErrNotFound) || err == nil && (e.Erased() || e.Kind != convo.EntryMessage) {
		return err == nil && e.Erased(), nil
	}
	if err != nil {
		return false, err
	}
	released, err := tx.Release(seq, caller.Account)
	if err != nil {
		return false, err
	}
	if claimed, err := claimed(tx, &e, rows, released); claimed || err != nil {
		return false, err
	}
	return true, erase(tx, &e)
}
