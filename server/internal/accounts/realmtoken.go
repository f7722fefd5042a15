package accounts

import (
	"context"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
)

// RealmToken implements the service. A restricted session gets what a recovery
// needs: to recover, and to read heads and guess logs.
func (s *Service) RealmToken(ctx context.Context, req *connect.Request[cofferv1.RealmTokenRequest]) (*connect.Response[cofferv1.RealmTokenResponse], error) {
	caller, err := auth.Any(ctx)
	if err != nil {
		return nil, err
	}
	t := pinvault.Token{Action: pinvault.Action(req.Msg.GetAction()), Account: pinvault.AccountID(caller.Account)}
	if req.Msg.GetAction() < uint32(pinvault.ActionRegister) || req.Msg.GetAction() > uint32(pinvault.ActionReadLog) {
		return nil, fail.Kind(fail.Malformed, "there is no such action at a realm")
	}
	if len(req.Msg.GetRealmKey()) != len(t.Realm) || len(req.Msg.GetClientKey()) != len(t.Client) {
		return nil, fail.Kind(fail.Malformed, "a realm's key and a client's key have 32 bytes")
	}
	copy(t.Realm[:], req.Msg.GetRealmKey())
	copy(t.Client[:], req.Msg.GetClientKey())
	if err := s.tokenRecovery(&t, req.Msg.GetRegistration(), caller.Chain); err != nil {
		return nil, err
	}
	if t.Action.NeedsDevice() {
		if caller.Restricted {
			return nil, fail.Kind(fail.Forbidden, "only a device may do this at a realm")
		}
		k, _ := caller.Chain.Keyholder(caller.Keyholder)
		t.Device = pinvault.PublicKey(k.SignatureKey)
	}
	if err := limited(s.limits.realmToken, string(caller.Account[:]), 1, "too many requests to realms: wait"); err != nil {
		return nil, err
	}
	token := t.Issue(s.Keys.Server, s.Now())
	return connect.NewResponse(&cofferv1.RealmTokenResponse{Token: token}), nil
}

// tokenRecovery sets which PIN a token is for. Heads are the account's, not a
// PIN's; one can only recover with a PIN that is a keyholder.
func (s *Service) tokenRecovery(t *pinvault.Token, id []byte, chain *account.Chain) error {
	switch t.Action {
	case pinvault.ActionWriteWitness, pinvault.ActionReadWitness:
		if len(id) != 0 {
			return fail.Kind(fail.Malformed, "heads belong to no registration")
		}
		return nil
	}
	keyholder, err := keyholderID(id)
	if err != nil {
		return err
	}
	t.Recovery = pinvault.RecoveryID(keyholder)
	k, ok := chain.Keyholder(keyholder)
	if t.Action == pinvault.ActionRecover && (!ok || !k.Active() || k.Kind != account.KindPIN) {
		return fail.Kind(fail.NotFound, "the account has no such PIN")
	}
	return nil
}
