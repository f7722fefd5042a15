package devices

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// GetRemoval implements the service. A device that was removed has no session,
// but a claim to see the entry that removed it. Chains hold public keys and are
// read by everybody on the server; who asks names an account and one of its
// removed devices by their ids.
func (s *Service) GetRemoval(ctx context.Context, req *connect.Request[cofferv1.GetRemovalRequest]) (*connect.Response[cofferv1.GetRemovalResponse], error) {
	if err := s.stranger(ctx); err != nil {
		return nil, err
	}
	id, err := accountID(req.Msg.GetAccount())
	if err != nil {
		return nil, err
	}
	var device account.KeyholderID
	if len(req.Msg.GetDevice()) != len(device) {
		return nil, fail.Kind(fail.Malformed, "a device id has 16 bytes")
	}
	copy(device[:], req.Msg.GetDevice())
	none := fail.Kind(fail.NotFound, "no such device was removed here")
	chain, err := s.Chains.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, none
	}
	if err != nil {
		return nil, err
	}
	if _, removed := chain.RemovedAt(device); !removed {
		return nil, none
	}
	m := &cofferv1.GetRemovalResponse{}
	from := min(max(req.Msg.GetFromSeq(), 1), chain.Head().Seq+1)
	for _, e := range chain.Entries(from - 1) {
		m.Entries = append(m.Entries, e.Marshal())
	}
	return connect.NewResponse(m), nil
}
