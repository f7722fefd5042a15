package convos

import (
	"bytes"
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// ReadDeposits implements the service.
func (s *Service) ReadDeposits(ctx context.Context, req *connect.Request[cofferv1.ReadDepositsRequest]) (*connect.Response[cofferv1.ReadDepositsResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	m := &cofferv1.ReadDepositsResponse{}
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		if _, err := participant(v, caller.Account); err != nil {
			return err
		}
		list, err := depositsFor(v, req.Msg)
		for i := range list {
			m.Deposits = append(m.Deposits, deposit(&list[i], list[i].Sealed))
		}
		if err != nil {
			return err
		}
		epochs, err := v.Epochs(req.Msg.GetGeneration(), req.Msg.GetEpoch(), 1, 1)
		if len(epochs) == 1 && epochs[0].Epoch == req.Msg.GetEpoch() {
			m.Leaves = epochs[0].Leaves
		}
		return err
	})
	return answer(m, err)
}

// depositsFor returns the deposits that a caller asks for.
func depositsFor(v store.ConversationView, req *cofferv1.ReadDepositsRequest) ([]store.Deposit, error) {
	if len(req.GetAccounts()) == 0 {
		return v.Deposits(req.GetGeneration(), req.GetEpoch())
	}
	var out []store.Deposit
	for _, raw := range req.GetAccounts() {
		var id account.ID
		if len(raw) != len(id) {
			return nil, fail.Kind(fail.Malformed, "an account id has 32 bytes")
		}
		copy(id[:], raw)
		d, err := v.Deposit(req.GetGeneration(), req.GetEpoch(), id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// PutDeposit implements the service. The wrong deposit stays as evidence. Only
// the account that a deposit is for can tell which of two is right, so it alone
// may replace one that was filed before.
func (s *Service) PutDeposit(ctx context.Context, req *connect.Request[cofferv1.PutDepositRequest]) (*connect.Response[cofferv1.PutDepositResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	d := req.Msg.GetDeposit()
	var of account.ID
	if len(d.GetAccount()) != len(of) || len(d.GetSealed()) == 0 {
		return nil, fail.Kind(fail.Malformed, "a deposit names an account and is not empty")
	}
	copy(of[:], d.GetAccount())
	err = s.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		if _, err := participant(tx, caller.Account); err != nil {
			return err
		}
		before, err := tx.Deposit(req.Msg.GetGeneration(), req.Msg.GetEpoch(), of)
		switch {
		case errors.Is(err, store.ErrNotFound):
			if _, err := tx.ClosedIn(of); !errors.Is(err, store.ErrNotFound) {
				return err // it was closed, and needs none
			}
			return fail.Kind(fail.NotFound, "the epoch has no deposit for this account")
		case err != nil:
			return err
		case before.VaultEpoch != d.GetVaultEpoch():
			return fail.Kind(fail.Invalid, "the deposit is for another vault epoch")
		case bytes.Equal(before.Sealed, d.GetSealed()), bytes.Equal(before.Repaired, d.GetSealed()):
			return nil
		case before.Repaired != nil && caller.Account != of:
			return fail.Kind(fail.Exists, "somebody has filed a deposit in place of this one")
		}
		return tx.RepairDeposit(req.Msg.GetGeneration(), req.Msg.GetEpoch(), store.Deposit{
			Account: of, Repaired: d.GetSealed(), RepairedBy: append(caller.Account[:], caller.Keyholder[:]...),
		})
	})
	return answer(&cofferv1.PutDepositResponse{}, err)
}

// GetGroup implements the service.
func (s *Service) GetGroup(ctx context.Context, req *connect.Request[cofferv1.GetGroupRequest]) (*connect.Response[cofferv1.GetGroupResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	var g store.Group
	var f *followed
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error {
		if _, err := participant(v, caller.Account); err != nil {
			return err
		}
		c, err := v.Conversation()
		if err != nil {
			return err
		}
		if f, err = s.current(v, &c); err != nil {
			return err
		}
		g, err = v.Group()
		return err
	})
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(&cofferv1.GetGroupResponse{
		Generation: g.Generation, Epoch: g.Epoch, GroupInfo: g.GroupInfo, RatchetTree: f.group.Tree(), HeadTable: g.HeadTable,
	}), nil
}

// GetWelcome implements the service.
func (s *Service) GetWelcome(ctx context.Context, req *connect.Request[cofferv1.GetWelcomeRequest]) (*connect.Response[cofferv1.GetWelcomeResponse], error) {
	caller, id, err := begin(ctx, req.Msg.GetConversation())
	if err != nil {
		return nil, err
	}
	var w store.Welcome
	err = s.Store.ViewConversation(ctx, id, func(v store.ConversationView) (err error) {
		none := fail.Kind(fail.NotFound, "there is no Welcome for this device: join by external commit")
		p, err := reader(v, caller.Account)
		if err != nil {
			return err
		}
		if readableTo(p) != 0 {
			return none
		}
		w, err = v.Welcome(store.Device{Account: caller.Account, Device: caller.Keyholder})
		if errors.Is(err, store.ErrNotFound) {
			return none
		}
		return err
	})
	return answer(&cofferv1.GetWelcomeResponse{Welcome: w.Welcome, RatchetTree: w.Tree, Generation: w.Generation, Epoch: w.Epoch}, err)
}
