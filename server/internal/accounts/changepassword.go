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

// ChangePassword implements the service. The records must be those of exactly the
// PINs that are keyholders: none may be left that the new password does not open.
func (s *Service) ChangePassword(ctx context.Context, req *connect.Request[cofferv1.ChangePasswordRequest]) (*connect.Response[cofferv1.ChangePasswordResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.newPassword(req.Msg.GetPassword())
	if err != nil {
		return nil, err
	}
	wanted := map[account.KeyholderID]bool{}
	for _, k := range caller.Chain.Keyholders() {
		wanted[k.ID] = k.Kind == account.KindPIN
	}
	var records []store.PinRecord
	for _, r := range req.Msg.GetPinRecords() {
		id, err := keyholderID(r.GetKeyholder())
		if err != nil {
			return nil, err
		}
		if !wanted[id] || len(r.GetRecord()) == 0 {
			return nil, fail.Kind(fail.Invalid, "a record is not of a PIN of this account")
		}
		delete(wanted, id)
		records = append(records, store.PinRecord{Keyholder: id, Record: r.GetRecord()})
	}
	for _, missing := range wanted {
		if missing {
			return nil, fail.Kind(fail.Invalid, "the record of a PIN is missing")
		}
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		if err := s.stillDevice(tx, caller); err != nil {
			return err
		}
		for _, r := range records {
			if err := tx.PutPinRecord(r); err != nil {
				return err
			}
		}
		return errors.Join(tx.SetPassword(p), tx.DropPasswordSessions())
	})
	return answer(&cofferv1.ChangePasswordResponse{}, err)
}
