package accounts

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// skew is by how much a client's clock may differ. A sign-in's nonce, which the
// client draws, is remembered for as long as its time would be accepted, so each
// sign-in opens one session and no more.
const skew = 10 * time.Minute

// SignIn implements the service.
func (s *Service) SignIn(ctx context.Context, req *connect.Request[cofferv1.SignInRequest]) (*connect.Response[cofferv1.SignInResponse], error) {
	if err := addressed(ctx, s.limits.signIn, "too many sign-ins from your address: try later"); err != nil {
		return nil, err
	}
	in, err := account.ParseSignIn(req.Msg.GetSignIn())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "the sign-in does not parse")
	}
	refused := fail.Kind(fail.Invalid, "sign-in refused: check the account, this device's clock, and that the address is the server's")
	chain, err := s.Chains.Get(ctx, in.Account)
	if errors.Is(err, store.ErrNotFound) {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	k, known := chain.Keyholder(in.Keyholder)
	if known && !k.Active() {
		return nil, fail.Kind(fail.Removed, "this device or recovery method has been removed from the account")
	}
	if !known || chain.VerifySignIn(in, s.Host, in.Nonce, s.Now(), skew) != nil {
		return nil, refused
	}
	var token auth.Token
	var expires uint64
	restricted := k.Kind.IsRecovery()
	err = s.Store.UpdateAccount(ctx, in.Account, func(tx store.AccountTx) (err error) {
		if err := tx.UseNonce(in.Nonce, in.Time+uint64(2*skew.Milliseconds())); err != nil {
			return err
		}
		token, expires, err = s.Auth.Open(tx, in.Account, in.Keyholder, restricted)
		return err
	})
	if errors.Is(err, store.ErrExists) {
		return nil, fail.Kind(fail.Invalid, "this sign-in was used before: sign a new one")
	}
	return answer(&cofferv1.SignInResponse{Token: token.Text(), ExpiresMs: expires, Restricted: restricted}, err)
}
