package accounts

import (
	"bytes"
	"context"
	"errors"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// GetChain implements the service. A restricted session reads its own account's.
func (s *Service) GetChain(ctx context.Context, req *connect.Request[cofferv1.GetChainRequest]) (*connect.Response[cofferv1.GetChainResponse], error) {
	caller, err := auth.Any(ctx)
	if err != nil {
		return nil, err
	}
	id := caller.Account
	if len(req.Msg.GetAccount()) > 0 {
		if id, err = accountID(req.Msg.GetAccount()); err != nil {
			return nil, err
		}
	}
	if caller.Restricted && id != caller.Account {
		return nil, fail.Kind(fail.Forbidden, "this session reads its own account's chain only")
	}
	m := &cofferv1.GetChainResponse{}
	err = s.Store.ViewAccount(ctx, id, func(v store.AccountView) (err error) {
		if _, err := v.Account(); err != nil {
			return err
		}
		if id == caller.Account && !caller.Keyholder.IsZero() { // the password alone learns nothing of it
			if m.ResetMs, err = resetChange(v); err != nil {
				return err
			}
		}
		m.Entries, err = v.Chain(req.Msg.GetFromSeq(), account.MaxChain)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, fail.Kind(fail.NotFound, "there is no such account here")
	}
	return answer(m, err)
}

// AppendChain implements the service. The entry that stands at its seq already
// is accepted again, for clients that missed the answer.
func (s *Service) AppendChain(ctx context.Context, req *connect.Request[cofferv1.AppendChainRequest]) (*connect.Response[cofferv1.AppendChainResponse], error) {
	caller, err := auth.Any(ctx)
	if err != nil {
		return nil, err
	}
	data := req.Msg.GetEntry()
	e, err := account.ParseEntry(data)
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "the entry does not parse")
	}
	if err := mayAppend(caller, e); err != nil {
		return nil, err
	}
	if before := caller.Chain.Entry(e.Seq); before != nil && bytes.Equal(before.Marshal(), data) {
		return connect.NewResponse(&cofferv1.AppendChainResponse{}), nil
	}
	if err := limited(s.limits.chain, string(caller.Account[:]), 1, "the account changes too often: wait"); err != nil {
		return nil, err
	}
	next, err := caller.Chain.Append(e)
	switch {
	case errors.Is(err, account.ErrSequence), errors.Is(err, account.ErrPrevHash), errors.Is(err, account.ErrLogHead):
		return nil, errStaleChain
	case errors.Is(err, account.ErrChainFull):
		return nil, errChainFull
	case err != nil:
		return nil, fail.Kind(fail.Invalid, "the entry may not follow this chain")
	}
	roots, err := checkRoots(next, req.Msg.GetSealedRoots())
	if err != nil {
		return nil, err
	}
	if chainBytes(next) > s.Limits.MaxChainBytes {
		return nil, errChainFull
	}
	return answer(&cofferv1.AppendChainResponse{}, s.appendChain(ctx, caller.Account, e, data, roots))
}

var (
	errStaleChain = fail.Kind(fail.Stale, "the chain or the private log has grown: fetch it, and build the entry anew")
	errChainFull  = fail.Kind(fail.Quota, "the account's chain is full")
)

// mayAppend lets a device append what it signed, and everyone who is signed in
// to the account a recover entry, which proves itself.
func mayAppend(c *auth.Caller, e *account.Entry) error {
	switch {
	case e.Account != c.Account:
		return fail.Kind(fail.Forbidden, "the entry is of another account")
	case e.Type() == account.BodyRecover:
		return nil
	case e.Type() == account.BodyClose:
		return fail.Kind(fail.Invalid, "an account is closed with CloseAccount")
	case c.Restricted:
		return fail.Kind(fail.Forbidden, "this session may append a recover entry only")
	case e.Signer != c.Keyholder:
		return fail.Kind(fail.Forbidden, "a device appends what it signed itself")
	}
	return nil
}

func (s *Service) appendChain(ctx context.Context, id account.ID, e *account.Entry, data []byte, roots []store.SealedRoot) error {
	removal, _ := e.Body.(*account.Remove)
	err := s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		a, err := tx.Account()
		if err != nil {
			return err
		}
		// The entry was verified against the chain up to seq-1; the chain only
		// grows, so the same length means the same chain.
		if a.ChainSeq != e.Seq-1 {
			return errStaleChain
		}
		if err := s.namesLog(tx, id, a, e); err != nil {
			return err
		}
		if e.Type() == account.BodyRecover { // somebody has a way back after all
			if err := stopReset(tx, s.NowMS()); err != nil {
				return err
			}
		}
		if err := tx.AppendChain(e.Seq, data, roots); err != nil || !e.Type().Covered() {
			return err
		}
		if removal != nil {
			for _, r := range removal.Removals {
				if err := tx.DropKeyholder(r.Keyholder); err != nil {
					return err
				}
			}
		}
		return tx.Wake() // others share conversations, and are to cover it
	})
	if err == nil {
		s.Bus.Publish(id)
		s.Wake()
	}
	return err
}

// chainBytes is the size of all entries.
func chainBytes(c *account.Chain) (n int) {
	for _, e := range c.Entries(0) {
		n += len(e.Marshal())
	}
	return n
}
