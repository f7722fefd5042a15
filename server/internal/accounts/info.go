package accounts

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// ServerInfo implements the service.
func (s *Service) ServerInfo(context.Context, *connect.Request[cofferv1.ServerInfoRequest]) (*connect.Response[cofferv1.ServerInfoResponse], error) {
	m := &cofferv1.ServerInfoResponse{
		Host: string(s.Host), ServerKey: s.Keys.Public(), Protocol: Protocol, Registration: s.Registration,
		RealmThreshold: uint32(s.RealmThreshold), RealmOperators: uint32(s.RealmOperators),
		MaxBlobBytes: s.Limits.MaxBlobBytes, MaxMessageBytes: uint32(s.Limits.MaxMessageBytes),
		Software: s.Software, TimeMs: s.NowMS(),
	}
	for _, r := range s.Realms {
		m.Realms = append(m.Realms, &cofferv1.RealmAddress{Url: r.URL, Key: r.Key[:]})
	}
	return connect.NewResponse(m), nil
}

// Resolve implements the service.
func (s *Service) Resolve(ctx context.Context, req *connect.Request[cofferv1.ResolveRequest]) (*connect.Response[cofferv1.ResolveResponse], error) {
	if err := addressed(ctx, s.limits.anonymous, "too many questions from your address: wait"); err != nil {
		return nil, err
	}
	unknown := fail.Kind(fail.NotFound, "nobody of that name has an account here")
	if req.Msg.GetHandle() == "" {
		id, err := accountID(req.Msg.GetAccount())
		if err != nil {
			return nil, err
		}
		a, err := s.account(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil, unknown
		}
		return answer(&cofferv1.ResolveResponse{Account: id[:], Handle: a.Handle}, err)
	}
	handle, err := account.ParseHandle(req.Msg.GetHandle())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "a handle has 1 to 32 of a-z, 0-9, dot, underscore and hyphen")
	}
	a, err := s.byHandle(ctx, string(handle))
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknown
	}
	return answer(&cofferv1.ResolveResponse{Account: a.ID[:], Handle: a.Handle}, err)
}

// byHandle returns the account that a handle belongs to, store.ErrNotFound where
// the handle is unknown or only reserved.
func (s *Service) byHandle(ctx context.Context, handle string) (store.Account, error) {
	row, err := s.Store.Handle(ctx, handle)
	if err != nil {
		return store.Account{}, err
	}
	return s.account(ctx, row.Account)
}

func (s *Service) account(ctx context.Context, id account.ID) (a store.Account, err error) {
	err = s.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
		a, err = v.Account()
		return err
	})
	return a, err
}
