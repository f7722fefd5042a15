package convos

import (
	"context"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// maxSizePrice bounds what the length of a log adds to the price of its size, so that
// the longest can be asked for, too.
const maxSizePrice = 1000

var _ cofferv1connect.StorageServiceHandler = (*Service)(nil)

// GetAccountStorage implements the service.
func (s *Service) GetAccountStorage(ctx context.Context, _ *connect.Request[cofferv1.GetAccountStorageRequest]) (*connect.Response[cofferv1.GetAccountStorageResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.limited(s.sizes, caller.Account, 0); err != nil {
		return nil, err
	}
	m := &cofferv1.GetAccountStorageResponse{MaxBlob: s.Limits.MaxBlobBytes}
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		n, err := v.PrivateLogSize()
		m.PrivateLog = uint64(n)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, e := range caller.Chain.Entries(0) {
		m.Chain += uint64(len(e.Marshal()))
	}
	return connect.NewResponse(m), nil
}

// GetConversationStorage implements the service, for who takes part or did.
func (s *Service) GetConversationStorage(ctx context.Context, req *connect.Request[cofferv1.GetConversationStorageRequest]) (*connect.Response[cofferv1.GetConversationStorageResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	if err := s.limited(s.sizes, caller.Account, 0); err != nil {
		return nil, err
	}
	// It reads all of a log: one at a time on the whole server, and long ones count for
	// more.
	select {
	case s.summing <- struct{}{}:
		defer func() { <-s.summing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	m := &cofferv1.GetConversationStorageResponse{}
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		if _, err := reader(v, caller.Account); err != nil {
			return err
		}
		row, err := v.Conversation()
		if err != nil {
			return err
		}
		if wait, ok := s.sizes.Take(string(caller.Account[:]), int(min(row.Head.Seq/1000, maxSizePrice))); !ok {
			return fail.RetryAfter(wait, errTooOften)
		}
		log, err := v.LogSize(caller.Account)
		if err != nil {
			return err
		}
		deposits, err := v.DepositTotals(caller.Account)
		m.Log, m.Own, m.Deposits = uint64(log.All), uint64(log.Own), uint64(deposits.Bytes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(m), nil
}
