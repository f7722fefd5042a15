package accounts

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// reservation is how long a handle stays reserved for a registration that was
// begun and not finished.
const reservation = 10 * time.Minute

// Register implements the service. It is three transactions, for the invitation,
// the handle and the account; each may be repeated, so that a client whose
// connection broke registers again with the same genesis entry.
func (s *Service) Register(ctx context.Context, req *connect.Request[cofferv1.RegisterRequest]) (*connect.Response[cofferv1.RegisterResponse], error) {
	done := connect.NewResponse(&cofferv1.RegisterResponse{})
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
	if _, err := s.account(ctx, chain.ID()); err == nil {
		return done, nil // this very account is registered
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err := addressed(ctx, s.limits.register, "too many registrations from your address: try later"); err != nil {
		return nil, err
	}
	if err := s.admit(ctx, req.Msg.GetInvite(), chain.ID()); err != nil {
		return nil, err
	}
	if err := s.claimHandle(ctx, chain); err != nil {
		return nil, err
	}
	now := s.NowMS()
	err = s.Store.UpdateAccount(ctx, chain.ID(), func(tx store.AccountTx) error {
		if err := tx.Create(store.Account{Handle: string(chain.Handle()), CreatedMS: now}); err != nil {
			return err
		}
		return tx.AppendChain(1, req.Msg.GetGenesis(), roots)
	})
	if err != nil && !errors.Is(err, store.ErrExists) {
		return nil, err
	}
	return done, nil
}

// admit applies the registration policy.
func (s *Service) admit(ctx context.Context, code string, id account.ID) error {
	switch s.Registration {
	case cofferv1.Registration_REGISTRATION_OPEN:
		return nil
	case cofferv1.Registration_REGISTRATION_INVITE:
		if code == "" {
			return fail.Kind(fail.InviteNeeded, "this server wants an invitation: ask its operator for a code")
		}
		err := s.Store.UseInvite(ctx, InviteHash(code), id)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrTaken) {
			return fail.Kind(fail.InviteNeeded, "the invitation is unknown or was used: ask the operator for another")
		}
		return err
	}
	return fail.Kind(fail.Forbidden, "this server takes no new accounts")
}

// InviteHash is what the server keeps of an invitation's code. Case, hyphens and
// spaces do not count: people type codes.
func InviteHash(code string) [32]byte {
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
	return account.HashWithLabel("invitation", []byte(plain))
}

func (s *Service) claimHandle(ctx context.Context, chain *account.Chain) error {
	now := s.NowMS()
	row := store.HandleRow{Handle: string(chain.Handle()), Account: chain.ID(), ClaimedMS: now}
	err := s.Store.ClaimHandle(ctx, row, now-uint64(reservation.Milliseconds()), func(id account.ID) bool {
		_, err := s.account(ctx, id)
		return errors.Is(err, store.ErrNotFound)
	})
	if errors.Is(err, store.ErrTaken) {
		return fail.Kind(fail.HandleTaken, "somebody has this handle: choose another")
	}
	return err
}

// checkRoots holds the sealed roots that came with an entry against the chain
// that ends with it.
func checkRoots(chain *account.Chain, list []*cofferv1.SealedRoot) ([]store.SealedRoot, error) {
	bad := fail.Kind(fail.Invalid, "the sealed roots are not exactly those that the entry needs")
	epoch := chain.Vault().Number
	set := account.SealedRoots{Entry: chain.Head().Hash, Epoch: epoch}
	for _, r := range list {
		id, err := keyholderID(r.GetKeyholder())
		if err != nil || r.GetVaultEpoch() != epoch {
			return nil, bad
		}
		set.Roots = append(set.Roots, account.SealedRoot{Keyholder: id, Data: r.GetSealed()})
	}
	slices.SortFunc(set.Roots, func(a, b account.SealedRoot) int { return bytes.Compare(a.Keyholder[:], b.Keyholder[:]) })
	if chain.CheckSealedRoots(set) != nil {
		return nil, bad
	}
	var out []store.SealedRoot
	for _, r := range set.Roots {
		out = append(out, store.SealedRoot{Keyholder: r.Keyholder, VaultEpoch: epoch, Sealed: r.Data})
	}
	return out, nil
}
