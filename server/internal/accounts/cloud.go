package accounts

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

var _ cofferv1connect.RecoveryServiceHandler = (*Service)(nil)

// maxCloudRecords bounds the cloud records of an account.
const maxCloudRecords = 16

// PutCloudRecord implements the service. The record belongs to a cloud key that
// is a keyholder, or is about to become one.
func (s *Service) PutCloudRecord(ctx context.Context, req *connect.Request[cofferv1.PutCloudRecordRequest]) (*connect.Response[cofferv1.PutCloudRecordResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	r, err := account.ParseCloudRecord(req.Msg.GetRecord())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "the record does not parse")
	}
	if k, ok := caller.Chain.Keyholder(r.Keyholder); ok && (!k.Active() || k.Kind != account.KindCloud) {
		return nil, fail.Kind(fail.Invalid, "the record is not a cloud key's, or the key was removed")
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		if err := s.stillDevice(tx, caller); err != nil {
			return err
		}
		a, err := tx.Account()
		if err != nil {
			return err
		}
		if r.Password && a.Password == nil {
			return fail.Kind(fail.Invalid, "the account has no password to ask for: set one first")
		}
		if err := roomForCloud(tx, caller.Chain, r.Keyholder); err != nil {
			return err
		}
		return tx.PutCloudRecord(store.CloudRecord{Keyholder: r.Keyholder, Record: req.Msg.GetRecord()})
	})
	return answer(&cofferv1.PutCloudRecordResponse{}, err)
}

// roomForCloud bounds the records; those of keys that never came into the chain
// make room.
func roomForCloud(tx store.AccountTx, chain *account.Chain, id account.KeyholderID) error {
	list, err := tx.CloudRecords()
	if err != nil {
		return err
	}
	n := 0
	for _, old := range list {
		_, known := chain.Keyholder(old.Keyholder)
		switch {
		case old.Keyholder == id:
		case !known && len(list) >= maxCloudRecords:
			if err := tx.DropKeyholder(old.Keyholder); err != nil {
				return err
			}
		default:
			n++
		}
	}
	if n >= maxCloudRecords {
		return fail.Kind(fail.Quota, "too many cloud keys: remove one first")
	}
	return nil
}

// errCloud is every refusal of a half alike: it tells a stranger nothing.
var errCloud = fail.Kind(fail.Invalid, "refused: this file opens nothing here; check the account, this device's clock, and that the address is the server's")

// OpenCloudHalf implements the service.
func (s *Service) OpenCloudHalf(ctx context.Context, req *connect.Request[cofferv1.OpenCloudHalfRequest]) (*connect.Response[cofferv1.OpenCloudHalfResponse], error) {
	if err := addressed(ctx, s.limits.signIn, "too many sign-ins from your address: try later"); err != nil {
		return nil, err
	}
	in, err := account.ParseSignIn(req.Msg.GetProof())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "the proof does not parse")
	}
	chain, err := s.Chains.Get(ctx, in.Account)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errCloud
	}
	if err != nil {
		return nil, err
	}
	k, known := chain.Keyholder(in.Keyholder)
	if !known || !k.Active() || k.Kind != account.KindCloud {
		return nil, errCloud
	}
	a, r, err := s.cloudRecord(ctx, in.Account, in.Keyholder)
	if err != nil {
		return nil, err
	}
	if r.VerifyProof(in, s.Host, in.Account, s.Now(), skew) != nil {
		return nil, errCloud
	}
	wanted := r.Password
	if caller, err := auth.Device(ctx); err == nil && caller.Account == in.Account {
		wanted = false // it checks the health of its account
	}
	if wanted && len(req.Msg.GetStretched()) == 0 {
		return connect.NewResponse(&cofferv1.OpenCloudHalfResponse{PasswordWanted: true}), nil
	}
	if wanted {
		if err := s.checkPassword(ctx, a, req.Msg.GetStretched()); err != nil {
			return nil, err
		}
	}
	err = s.Store.UpdateAccount(ctx, in.Account, func(tx store.AccountTx) error {
		return tx.UseNonce(in.Nonce, in.Time+uint64(2*skew.Milliseconds()))
	})
	if errors.Is(err, store.ErrExists) {
		return nil, fail.Kind(fail.Invalid, "this proof was used before: sign a new one")
	}
	return answer(&cofferv1.OpenCloudHalfResponse{Half: r.Half}, err)
}

// cloudRecord reads an account's row and one of its records.
func (s *Service) cloudRecord(ctx context.Context, id account.ID, keyholder account.KeyholderID) (a store.Account, r account.CloudRecord, err error) {
	var found []byte
	err = s.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
		if a, err = v.Account(); err != nil {
			return err
		}
		list, err := v.CloudRecords()
		for _, x := range list {
			if x.Keyholder == keyholder {
				found = x.Record
			}
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && found == nil {
		return a, r, errCloud
	}
	if err == nil {
		r, err = account.ParseCloudRecord(found)
	}
	return a, r, err
}

// GetPasswordStatus implements the service.
func (s *Service) GetPasswordStatus(ctx context.Context, _ *connect.Request[cofferv1.GetPasswordStatusRequest]) (*connect.Response[cofferv1.GetPasswordStatusResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.account(ctx, caller.Account)
	m := &cofferv1.GetPasswordStatusResponse{}
	if a.Password != nil {
		m.SetMs = a.Password.SetMS
	}
	return answer(m, err)
}
