package accounts

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// PublishKeyPackages implements the service.
func (s *Service) PublishKeyPackages(ctx context.Context, req *connect.Request[cofferv1.PublishKeyPackagesRequest]) (*connect.Response[cofferv1.PublishKeyPackagesResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	var list []store.KeyPackage
	add := func(data []byte, lastResort bool) error {
		k, err := s.checkKeyPackage(caller, data)
		k.LastResort = lastResort
		list = append(list, k)
		return err
	}
	for _, data := range req.Msg.GetKeyPackages() {
		if err := add(data, false); err != nil {
			return nil, err
		}
	}
	if data := req.Msg.GetLastResort(); len(data) > 0 {
		if err := add(data, true); err != nil {
			return nil, err
		}
	}
	available := 0
	err = s.Store.UpdateAccount(ctx, caller.Account, func(tx store.AccountTx) error {
		if err := s.stillDevice(tx, caller); err != nil {
			return err
		}
		if err := tx.AddKeyPackages(list); err != nil {
			return err
		}
		var err error
		if available, _, err = tx.KeyPackageCount(caller.Keyholder); err != nil {
			return err
		}
		if available > s.Limits.MaxKeyPackages {
			return fail.Kind(fail.Quota, "the device has enough key packages here")
		}
		return nil
	})
	return answer(&cofferv1.PublishKeyPackagesResponse{Available: uint32(available)}, err)
}

// stillDevice refuses, inside a transaction, what a device does that was removed
// after the call had begun.
func (s *Service) stillDevice(tx store.AccountTx, caller *auth.Caller) error {
	a, err := tx.Account()
	if err != nil {
		return err
	}
	if a.ChainSeq != caller.Chain.Head().Seq {
		return errStaleChain
	}
	return nil
}

// checkKeyPackage checks that a key package is valid, certified by the calling
// device, and what the server can store.
func (s *Service) checkKeyPackage(caller *auth.Caller, data []byte) (store.KeyPackage, error) {
	invalid := fail.Kind(fail.Invalid, "a key package does not verify, or is not this device's")
	k, err := mls.ParseKeyPackage(data)
	if err != nil {
		return store.KeyPackage{}, fail.Kind(fail.Malformed, "a key package does not parse")
	}
	if k.Validate(s.Now()) != nil {
		return store.KeyPackage{}, invalid
	}
	leaf, identity, err := convo.LeafOf(k.Leaf)
	if err != nil || leaf.Account != caller.Account || leaf.Device != caller.Keyholder {
		return store.KeyPackage{}, invalid
	}
	if caller.Chain.VerifyLeaf(caller.Chain.Head(), identity, leaf.SignatureKey) != nil {
		return store.KeyPackage{}, invalid
	}
	end := uint64(math.MaxInt64)
	if seconds := k.Leaf.Lifetime.NotAfter; seconds < end/1000 {
		end = seconds * 1000
	}
	return store.KeyPackage{
		Device: caller.Keyholder, Suite: uint16(k.CipherSuite), Ref: sha256.Sum256(data), NotAfterMS: end, Data: data,
	}, nil
}

// ClaimKeyPackages implements the service. Devices that have none are left out:
// they join later, by themselves.
func (s *Service) ClaimKeyPackages(ctx context.Context, req *connect.Request[cofferv1.ClaimKeyPackagesRequest]) (*connect.Response[cofferv1.ClaimKeyPackagesResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	id, err := accountID(req.Msg.GetAccount())
	if err != nil {
		return nil, err
	}
	if req.Msg.GetSuite() > math.MaxUint16 {
		return nil, fail.Kind(fail.Malformed, "there is no such cipher suite")
	}
	if err := limited(s.limits.claim, string(caller.Account[:])+string(id[:]), 1, "too many claims of this account's key packages: wait"); err != nil {
		return nil, err
	}
	chain, err := s.Chains.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail.Kind(fail.NotFound, "there is no such account here")
	}
	if err != nil {
		return nil, err
	}
	var taken []store.KeyPackage
	err = s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		taken = taken[:0]
		for _, k := range chain.Keyholders() {
			if k.Kind != account.KindDevice || id == caller.Account && k.ID == caller.Keyholder {
				continue // nobody adds itself
			}
			p, err := tx.TakeKeyPackage(k.ID, uint16(req.Msg.GetSuite()), s.NowMS())
			if errNotFound(err) {
				continue // a removed device's are deleted with its removal
			}
			if err != nil {
				return err
			}
			taken = append(taken, p)
		}
		return nil
	})
	m := &cofferv1.ClaimKeyPackagesResponse{}
	for _, p := range taken {
		m.KeyPackages = append(m.KeyPackages, &cofferv1.ClaimedKeyPackage{Device: p.Device[:], KeyPackage: p.Data})
	}
	return answer(m, err)
}

// CountKeyPackages implements the service.
func (s *Service) CountKeyPackages(ctx context.Context, _ *connect.Request[cofferv1.CountKeyPackagesRequest]) (*connect.Response[cofferv1.CountKeyPackagesResponse], error) {
	caller, err := auth.Device(ctx)
	if err != nil {
		return nil, err
	}
	m := &cofferv1.CountKeyPackagesResponse{}
	err = s.Store.ViewAccount(ctx, caller.Account, func(v store.AccountView) error {
		count, last, err := v.KeyPackageCount(caller.Keyholder)
		m.Available, m.LastResort = uint32(count), last > 0
		return err
	})
	return answer(m, err)
}
