package accounts

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/store"
)

// maxFormer bounds how far back ListResets goes from a handle.
const maxFormer = 8

// ListResets implements the service.
func (s *Service) ListResets(ctx context.Context, req *connect.Request[cofferv1.ListResetsRequest]) (*connect.Response[cofferv1.ListResetsResponse], error) {
	if _, err := auth.Any(ctx); err != nil { // anybody may ask, but not all the time
		if err := addressed(ctx, s.limits.anonymous, "too many questions from your address: wait"); err != nil {
			return nil, err
		}
	}
	m := &cofferv1.ListResetsResponse{}
	read := func(id account.ID, statement func(store.AccountView) ([]byte, error)) error {
		return s.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
			b, err := statement(v)
			if errors.Is(err, store.ErrNotFound) || err == nil && b == nil {
				return nil
			}
			m.Statements = append(m.Statements, b)
			return err
		})
	}
	for _, b := range req.Msg.GetAccounts() {
		id, err := accountID(b)
		if err != nil {
			return nil, err
		}
		before, successor := len(m.Statements), account.ID{}
		err = read(id, func(v store.AccountView) ([]byte, error) {
			r, err := v.Reset()
			successor = r.Successor
			return r.Statement, err
		})
		if err != nil {
			return nil, err
		}
		if len(m.Statements) == before {
			continue
		}
		made, err := s.exists(ctx, successor)
		if err != nil {
			return nil, err
		}
		if !made {
			m.Statements = m.Statements[:before] // it is told when there is a new account
		}
	}
	if req.Msg.GetHandle() == "" {
		return connect.NewResponse(m), nil
	}
	row, err := s.Store.Handle(ctx, req.Msg.GetHandle())
	if errors.Is(err, store.ErrNotFound) {
		return connect.NewResponse(m), nil
	}
	id := row.Account
	for n := 0; err == nil && n < maxFormer; n++ {
		before := len(m.Statements)
		if err = read(id, func(v store.AccountView) ([]byte, error) { return v.Succeeds() }); err != nil || len(m.Statements) == before {
			break
		}
		r, parseErr := account.ParseReset(m.Statements[before])
		if parseErr != nil {
			err = parseErr
			break
		}
		id = r.Old
	}
	return answer(m, err)
}
