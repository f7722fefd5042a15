package accounts

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// maxPinRecords bounds the PIN records of an account.
const maxPinRecords = 16

// GetSealedRoots implements the service.
func (s *Service) GetSealedRoots(ctx context.Context, req *connect.Request[cofferv1.GetSealedRootsRequest]) (*connect.Response[cofferv1.GetSealedRootsResponse], error) {
	caller, err := auth.Any(ctx)
	if err != nil {
		return nil, err
	}
	var keyholder account.KeyholderID
	if len(req.Msg.GetKeyholder()) > 0 {
		if keyholder, err = keyholderID(req.Msg.GetKeyholder()); err != nil {
			return nil, err
		}
	}
	from := uint64(0)
	if req.Msg.GetNewestOnly() {
		from = caller.Chain.Vault().Number
	}
	m := &cofferv1.GetSealedRootsResponse{}
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		list, err := v.SealedRoots(keyholder, from)
		for _, r := range list {
			m.SealedRoots = append(m.SealedRoots, &cofferv1.SealedRoot{
				Keyholder: r.Keyholder[:], Sealed: r.Sealed, VaultEpoch: r.VaultEpoch,
			})
		}
		return err
	})
	return answer(m, err)
}

// PutPinRecord implements the service. The record belongs to a PIN that is a
// keyholder, or is about to become one.
func (s *Service) PutPinRecord(ctx context.Context, req *connect.Request[cofferv1.PutPinRecordRequest]) (*connect.Response[cofferv1.PutPinRecordResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	r := req.Msg.GetPinRecord()
	id, err := keyholderID(r.GetKeyholder())
	if err != nil {
		return nil, err
	}
	if len(r.GetRecord()) == 0 {
		return nil, fail.Kind(fail.Malformed, "the record is empty")
	}
	if k, ok := caller.Chain.Keyholder(id); ok && (!k.Active() || k.Kind != account.KindPIN) {
		return nil, fail.Kind(fail.Invalid, "the record is not a PIN's, or the PIN was removed")
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		list, err := tx.PinRecords()
		if err != nil {
			return err
		}
		if len(list) >= maxPinRecords {
			// Those of PINs that never came into the chain make room.
			for _, old := range list {
				if _, ok := caller.Chain.Keyholder(old.Keyholder); !ok {
					if err := tx.DropKeyholder(old.Keyholder); err != nil {
						return err
					}
				}
			}
			if list, err = tx.PinRecords(); err != nil {
				return err
			}
			if len(list) >= maxPinRecords {
				return fail.Kind(fail.Quota, "too many PINs: remove one first")
			}
		}
		return tx.PutPinRecord(store.PinRecord{Keyholder: id, Record: r.GetRecord()})
	})
	return answer(&cofferv1.PutPinRecordResponse{}, err)
}

// GetPinRecords implements the service.
func (s *Service) GetPinRecords(ctx context.Context, _ *connect.Request[cofferv1.GetPinRecordsRequest]) (*connect.Response[cofferv1.GetPinRecordsResponse], error) {
	caller, err := auth.Any(ctx)
	if err != nil {
		return nil, err
	}
	m := &cofferv1.GetPinRecordsResponse{}
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		list, err := v.PinRecords()
		for _, r := range list {
			m.PinRecords = append(m.PinRecords, &cofferv1.PinRecord{Keyholder: r.Keyholder[:], Record: r.Record})
		}
		return err
	})
	return answer(m, err)
}

// errNotFound reports whether a row was missing.
func errNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }
