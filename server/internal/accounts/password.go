package accounts

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/peer"
	"github.com/coffer-chat/coffer/server/store"
)

// PasswordParameters implements the service. Who has no password, or no account,
// gets invented parameters that are always the same.
func (s *Service) PasswordParameters(ctx context.Context, req *connect.Request[cofferv1.PasswordParametersRequest]) (*connect.Response[cofferv1.PasswordParametersResponse], error) {
	if err := addressed(ctx, s.limits.anonymous, "too many questions from your address: wait"); err != nil {
		return nil, err
	}
	handle, err := passwordName(req.Msg.GetHandle())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "a handle has 1 to 32 of a-z, 0-9, dot, underscore and hyphen")
	}
	a, err := s.byName(ctx, string(handle))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	m := &cofferv1.PasswordParametersResponse{
		Parameters: account.DefaultPasswordParameters().Marshal(), Salt: account.InventedSalt(s.Keys.Salt, handle),
	}
	if a.Password != nil {
		m.Parameters, m.Salt = a.Password.Parameters, a.Password.Salt
	}
	return connect.NewResponse(m), nil
}

// SignInPassword implements the service.
func (s *Service) SignInPassword(ctx context.Context, req *connect.Request[cofferv1.SignInPasswordRequest]) (*connect.Response[cofferv1.SignInPasswordResponse], error) {
	a, err := s.byName(ctx, req.Msg.GetHandle())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	a.Handle = req.Msg.GetHandle()
	if err := s.checkPassword(ctx, a, req.Msg.GetStretched()); err != nil {
		return nil, err
	}
	var token auth.Token
	var expires uint64
	err = s.Store.UpdateAccount(ctx, a.ID, func(tx store.AccountTx) (err error) {
		token, expires, err = s.Auth.Open(tx, a.ID, account.KeyholderID{}, true)
		return err
	})
	return answer(&cofferv1.SignInPasswordResponse{Token: token.Text(), ExpiresMs: expires, Account: a.ID[:]}, err)
}

// checkPassword holds what a client made of a password against an account's. One
// without a password, or one that is not there, refuses alike.
func (s *Service) checkPassword(ctx context.Context, a store.Account, stretched []byte) error {
	// What is taken here is given back when the password is right, so that
	// guesses in parallel do not slip past.
	const slow = "too many wrong passwords: wait before the next"
	if err := addressed(ctx, s.limits.passwordCaller, slow); err != nil {
		return err
	}
	if err := limited(s.limits.wrongPassword, a.Handle, 1, slow); err != nil {
		return err
	}
	var verifier account.Hash
	if a.Password != nil {
		verifier = a.Password.Verifier
	}
	if !account.CheckPassword(verifier, stretched) || a.Password == nil {
		return fail.Kind(fail.WrongPassword, "wrong handle or password")
	}
	s.limits.wrongPassword.Give(a.Handle, 1)
	s.limits.passwordCaller.Give(peer.Address(ctx), 1)
	return nil
}

// SetPassword implements the service.
func (s *Service) SetPassword(ctx context.Context, req *connect.Request[cofferv1.SetPasswordRequest]) (*connect.Response[cofferv1.SetPasswordResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.newPassword(req.Msg)
	if err != nil {
		return nil, err
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		return errors.Join(tx.SetPassword(p), tx.DropPasswordSessions())
	})
	return answer(&cofferv1.SetPasswordResponse{}, err)
}

// newPassword checks what a client sets.
func (s *Service) newPassword(m *cofferv1.SetPasswordRequest) (store.Password, error) {
	parameters, salt, stretched := m.GetParameters(), m.GetSalt(), m.GetStretched()
	if len(salt) != account.PasswordSaltSize || len(stretched) != 32 {
		return store.Password{}, fail.Kind(fail.Malformed, "want a salt of 16 bytes and a stretched password of 32")
	}
	if _, err := account.ParsePasswordParameters(parameters); err != nil {
		return store.Password{}, fail.Kind(fail.Invalid, "the stretching parameters are out of bounds")
	}
	return store.Password{Parameters: parameters, Salt: salt, Verifier: account.PasswordVerifier(stretched), SetMS: s.NowMS()}, nil
}

// passwordName is a handle, or the id of an account that was reset: its handle is
// another one's.
func passwordName(text string) (account.Handle, error) {
	if _, err := account.ParseID(text); err == nil {
		return account.Handle(text), nil
	}
	return account.ParseHandle(text)
}

// byName finds an account by what passwordName takes.
func (s *Service) byName(ctx context.Context, name string) (a store.Account, err error) {
	id, err := account.ParseID(name)
	if err != nil {
		return s.byHandle(ctx, name)
	}
	err = s.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
		r, err := v.Reset()
		if err == nil && r.Statement == nil {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		a, err = v.Account()
		return err
	})
	return a, err
}
