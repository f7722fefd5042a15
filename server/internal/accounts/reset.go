package accounts

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

var _ cofferv1connect.ResetServiceHandler = (*Service)(nil)

// ResetAccount implements the service. Somebody who proves the password, or brings
// a code of the operator, asks; every keyholder of the account can stop it until it
// is due; then whoever brings the same genesis entry gets the handle.
func (s *Service) ResetAccount(ctx context.Context, req *connect.Request[cofferv1.ResetAccountRequest]) (*connect.Response[cofferv1.ResetAccountResponse], error) {
	if err := addressed(ctx, s.limits.signIn, "too many calls from your address: try later"); err != nil {
		return nil, err
	}
	chain, err := account.ParseChain([][]byte{req.Msg.GetGenesis()})
	if err != nil {
		return nil, fail.Kind(fail.Invalid, "the genesis entry does not verify")
	}
	if chain.Host() != s.Host {
		return nil, fail.Kind(fail.Invalid, "the genesis entry is for another host: ask ServerInfo for this one's name")
	}
	roots, err := checkRoots(chain, req.Msg.GetSealedRoots())
	if err != nil {
		return nil, err
	}
	old, err := s.byHandle(ctx, string(chain.Handle()))
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail.Kind(fail.NotFound, "nobody has this handle: register it")
	}
	if err != nil {
		return nil, err
	}
	if old.ID == chain.ID() {
		return answer(s.wasReset(ctx, chain))
	}
	row, err := s.askReset(ctx, old, chain.ID(), req.Msg)
	if err != nil {
		return nil, err
	}
	if row.Statement == nil && s.NowMS() < row.DueMS {
		return connect.NewResponse(&cofferv1.ResetAccountResponse{AskedMs: row.AskedMS, DueMs: row.DueMS}), nil
	}
	return answer(s.carryOut(ctx, old, chain, req.Msg.GetGenesis(), roots))
}

// wasReset answers for a reset that was carried out before.
func (s *Service) wasReset(ctx context.Context, chain *account.Chain) (*cofferv1.ResetAccountResponse, error) {
	m := &cofferv1.ResetAccountResponse{}
	err := s.Store.ViewAccount(ctx, chain.ID(), func(v store.AccountView) (err error) {
		m.Statement, err = v.Succeeds()
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail.Kind(fail.Exists, "the handle is this account's already")
	}
	return m, err
}

var (
	errResetProof   = fail.Kind(fail.Forbidden, "nothing shows that the handle was yours: give the sign-in password, or a code of the operator")
	errResetStopped = fail.Kind(fail.Forbidden, "a device or way back of the account has stopped this: if that was not you, ask the operator")
	errResetDone    = fail.Kind(fail.HandleTaken, "the handle has been given to another new account")
	errResetClosed  = fail.Kind(fail.Forbidden, "this account was closed by its owner: its handle stays reserved")
	errResetOld     = fail.Kind(fail.Exists, "this account was there before: draw a new one")
	errResetOther   = fail.Kind(fail.Forbidden, "the operator has begun this already: use the operator's code")
)

// askReset returns the row of a reset for this successor, which it makes where the
// proof is right. The password's waiting time begins anew with another successor.
func (s *Service) askReset(ctx context.Context, old store.Account, successor account.ID, m *cofferv1.ResetAccountRequest) (store.Reset, error) {
	proved := len(m.GetStretched()) > 0
	if proved {
		if err := s.checkPassword(ctx, old, m.GetStretched()); err != nil {
			return store.Reset{}, err
		}
	}
	existed, err := s.exists(ctx, successor)
	if err != nil {
		return store.Reset{}, err
	}
	var row store.Reset
	asked := false
	err = s.Store.UpdateAccount(ctx, old.ID, func(tx store.AccountTx) (err error) {
		row, err = s.resetRow(tx)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := notClosing(tx); err != nil && row.Statement == nil {
			return err
		}
		switch {
		case row.Successor == successor && (row.Pending() || row.Statement != nil):
			return nil
		case existed:
			return errResetOld
		case row.Statement != nil:
			return errResetDone
		case row.Successor == successor && row.StoppedMS != 0 && !proved && m.GetCode() == "":
			return errResetStopped
		}
		a, err := tx.Account()
		if err != nil {
			return err
		}
		next := row
		if m.GetCode() != "" {
			hash := InviteHash(m.GetCode())
			if !row.Pending() || row.By != account.ResetByOperator || subtle.ConstantTimeCompare(hash[:], row.CodeHash[:]) != 1 {
				return fail.Kind(fail.Forbidden, "the code is unknown, was stopped or is over: ask the operator for another")
			}
			next.Successor = successor
		} else {
			switch {
			case !proved:
				return errResetProof
			case row.Pending() && row.By == account.ResetByOperator:
				return errResetOther
			case row.StoppedMS != 0 && (a.Password == nil || a.Password.SetMS <= row.StoppedMS):
				return errResetStopped
			}
			now := s.NowMS()
			next = store.Reset{
				AskedMS: now, DueMS: now + uint64(s.Limits.ResetWait.Milliseconds()), By: account.ResetByPassword, Successor: successor,
			}
		}
		row, asked = next, true
		return tx.PutReset(next)
	})
	if err == nil && asked {
		s.Bus.Publish(old.ID) // its devices are to hear of it
	}
	return row, err
}

// resetLapse is how long after it is due a reset can be carried out.
const resetLapse = 30 * 24 * time.Hour

// resetRow returns the row of a reset; ErrNotFound where none was asked for, or
// what was asked for has lapsed.
func (s *Service) resetRow(v store.AccountView) (store.Reset, error) {
	r, err := v.Reset()
	if err == nil && r.Pending() && s.NowMS() > r.DueMS+uint64(resetLapse.Milliseconds()) {
		return store.Reset{}, store.ErrNotFound
	}
	return r, err
}

// exists reports whether there is, or was, an account with this id.
func (s *Service) exists(ctx context.Context, id account.ID) (bool, error) {
	err := s.Store.ViewAccount(ctx, id, func(v store.AccountView) error {
		_, err := v.Account()
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func notClosing(tx store.AccountView) error {
	_, err := tx.Closing()
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return errResetClosed
}

// carryOut gives the handle to the successor: it marks the old account, makes the
// new one, and moves the handle. Each step may be repeated.
func (s *Service) carryOut(ctx context.Context, old store.Account, chain *account.Chain, genesis []byte, roots []store.SealedRoot) (*cofferv1.ResetAccountResponse, error) {
	var row store.Reset
	now := s.NowMS()
	err := s.Store.UpdateAccount(ctx, old.ID, func(tx store.AccountTx) (err error) {
		if row, err = s.resetRow(tx); errors.Is(err, store.ErrNotFound) {
			return errResetProof // it has lapsed just now
		} else if err != nil {
			return err
		}
		switch {
		case row.Successor != chain.ID():
			return errResetDone
		case row.Statement != nil:
			return nil
		case row.StoppedMS != 0:
			return errResetStopped
		}
		r := &account.Reset{
			Host: s.Host, Handle: chain.Handle(), Old: old.ID, New: chain.ID(), By: row.By,
			Asked: row.AskedMS, Done: max(now, row.AskedMS),
		}
		r.Kept = r.Done + uint64(s.Limits.ResetKeep.Milliseconds())
		account.SignReset(r, s.Keys.Server)
		row.Statement, row.EraseMS = r.Marshal(), r.Kept
		return errors.Join(tx.PutReset(row), tx.DropSessions())
	})
	if err != nil {
		return nil, err
	}
	err = s.Store.UpdateAccount(ctx, chain.ID(), func(tx store.AccountTx) error {
		switch before, err := tx.Succeeds(); {
		case err == nil && bytes.Equal(before, row.Statement):
			return nil // made before
		case err == nil:
			return errResetOld
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		err := tx.Create(store.Account{Handle: string(chain.Handle()), CreatedMS: now})
		if errors.Is(err, store.ErrExists) {
			return errResetOld
		}
		if err != nil {
			return err
		}
		return errors.Join(tx.AppendChain(1, genesis, roots), tx.PutSucceeds(row.Statement))
	})
	if err != nil {
		return nil, err
	}
	// Only now that there is a new account are the old one's contacts told; and before
	// the handle moves, as nothing is repeated after that.
	if err := s.Store.UpdateAccount(ctx, old.ID, store.AccountTx.Wake); err != nil {
		return nil, err
	}
	if err := s.Store.MoveHandle(ctx, string(chain.Handle()), old.ID, chain.ID(), now); err != nil {
		return nil, err
	}
	s.Bus.Publish(old.ID)
	s.Wake()
	return &cofferv1.ResetAccountResponse{AskedMs: row.AskedMS, DueMs: row.DueMS, Statement: row.Statement}, nil
}

// keyholder returns the caller of a call that any keyholder may make, and nobody
// who has only the password.
func keyholder(ctx context.Context) (*auth.Caller, error) {
	caller, err := auth.Any(ctx)
	if err == nil && caller.Keyholder.IsZero() {
		return nil, fail.Kind(fail.Forbidden, "a device or a way back may do this, not the password alone")
	}
	return caller, err
}

// GetReset implements the service.
func (s *Service) GetReset(ctx context.Context, _ *connect.Request[cofferv1.GetResetRequest]) (*connect.Response[cofferv1.GetResetResponse], error) {
	caller, err := keyholder(ctx)
	if err != nil {
		return nil, err
	}
	m := &cofferv1.GetResetResponse{}
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		r, err := s.resetRow(v)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		m.AskedMs, m.DueMs, m.StoppedMs, m.By, m.Statement = r.AskedMS, r.DueMS, r.StoppedMS, uint32(r.By), r.Statement
		return err
	})
	return answer(m, err)
}

// StopReset implements the service.
func (s *Service) StopReset(ctx context.Context, req *connect.Request[cofferv1.StopResetRequest]) (*connect.Response[cofferv1.StopResetResponse], error) {
	caller, err := keyholder(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		r, err := s.resetRow(tx)
		switch {
		case errors.Is(err, store.ErrNotFound) || err == nil && r.AskedMS != req.Msg.GetAskedMs():
			return fail.Kind(fail.NotFound, "nobody asks for this any more")
		case err != nil:
			return err
		case r.Statement != nil:
			return fail.Kind(fail.Forbidden, "the handle was given away already")
		}
		return stopReset(tx, s.NowMS())
	})
	if err == nil {
		s.Bus.Publish(caller.Account)
	}
	return answer(&cofferv1.StopResetResponse{}, err)
}

// stopReset stops what is pending, if anything is.
func stopReset(tx store.AccountTx, nowMS uint64) error {
	r, err := tx.Reset()
	if errors.Is(err, store.ErrNotFound) || err == nil && !r.Pending() {
		return nil
	}
	if err != nil {
		return err
	}
	r.StoppedMS, r.CodeHash = nowMS, [32]byte{}
	return tx.PutReset(r)
}

// resetChange is when something about a reset of an account changed last; 0: never.
func resetChange(v store.AccountView) (uint64, error) {
	r, err := v.Reset()
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return max(r.AskedMS, r.StoppedMS, r.EraseMS), err
}
