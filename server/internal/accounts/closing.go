package accounts

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

var _ cofferv1connect.ClosingServiceHandler = (*Service)(nil)

// eraseFor is for how long one call erases before it answers that there is more.
const eraseFor = 5 * time.Second

// CloseAccount implements the service. Each step may be repeated: the entry, the
// conversations one by one, and what stands under the account's own key, which
// goes in the transaction that stores the receipt.
func (s *Service) CloseAccount(ctx context.Context, req *connect.Request[cofferv1.CloseAccountRequest]) (*connect.Response[cofferv1.CloseAccountResponse], error) {
	if err := addressed(ctx, s.limits.signIn, "too many calls from your address: try later"); err != nil {
		return nil, err
	}
	e, err := account.ParseEntry(req.Msg.GetEntry())
	if err != nil || e.Type() != account.BodyClose {
		return nil, fail.Kind(fail.Malformed, "this is no close entry")
	}
	proof, err := account.ParseSignIn(req.Msg.GetProof())
	if err != nil {
		return nil, fail.Kind(fail.Malformed, "the proof does not parse")
	}
	refused := fail.Kind(fail.Invalid, "refused: check the account, this device's clock, and that the address is the server's")
	chain, err := s.Chains.Get(ctx, e.Account)
	if errors.Is(err, store.ErrNotFound) {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	if chain.VerifyCloseProof(proof, s.Host, e.Signer, s.Now(), skew) != nil {
		return nil, refused
	}
	if at, closed := chain.ClosedAt(); !closed {
		if chain, err = s.close(ctx, chain, e, req.Msg.GetEntry()); err != nil {
			return nil, err
		}
	} else if !bytes.Equal(chain.Entry(at).Marshal(), req.Msg.GetEntry()) {
		return nil, refused
	}
	receipt, left, err := s.erase(ctx, chain)
	return answer(&cofferv1.CloseAccountResponse{Receipt: receipt, Conversations: uint32(left)}, err)
}

// close appends the entry.
func (s *Service) close(ctx context.Context, chain *account.Chain, e *account.Entry, data []byte) (*account.Chain, error) {
	next, err := chain.Append(e)
	switch {
	case errors.Is(err, account.ErrSequence), errors.Is(err, account.ErrPrevHash), errors.Is(err, account.ErrLogHead):
		return nil, errStaleChain
	case err != nil:
		return nil, fail.Kind(fail.Invalid, "the entry may not follow this chain")
	}
	err = s.Store.UpdateAccount(ctx, e.Account, func(tx store.AccountTx) error {
		a, err := tx.Account()
		if err != nil {
			return err
		}
		if a.ChainSeq != e.Seq-1 {
			return errStaleChain
		}
		if err := s.namesLog(tx, e.Account, a, e); err != nil {
			return err
		}
		return errors.Join(tx.AppendChain(e.Seq, data, nil), tx.PutClosing(store.Closing{ClosedMS: s.NowMS()}))
	})
	if err == nil {
		s.Bus.Publish(e.Account) // its devices are to hear of it
	}
	return next, err
}

// erase goes on with erasing; it returns the receipt, or how much is left.
func (s *Service) erase(ctx context.Context, chain *account.Chain) (receipt []byte, left uint64, err error) {
	id, began := chain.ID(), s.Now()
	if err := s.listWaiting(ctx, id); err != nil {
		return nil, 0, err
	}
	for {
		var c store.Closing
		var list []store.ConversationIndex
		err := s.Store.ViewAccount(ctx, id, func(v store.AccountView) (err error) {
			if c, err = v.Closing(); err != nil || c.Receipt != nil {
				return err
			}
			if left, err = v.ConversationCount(); err != nil {
				return err
			}
			list, err = v.ByActivity(store.ConversationIndex{}, 64)
			return err
		})
		switch {
		case err != nil || c.Receipt != nil:
			return c.Receipt, 0, err
		case len(list) == 0:
			return s.finish(ctx, chain)
		}
		for _, row := range list {
			if s.Now().Sub(began) > eraseFor {
				return nil, left, nil
			}
			if err := s.closeIn(ctx, id, row); err != nil {
				return nil, left, err
			}
			left--
		}
	}
}

// listWaiting lists conversations that wait in the outbox: the index may lag behind
// them.
func (s *Service) listWaiting(ctx context.Context, id account.ID) error {
	const most = 10_000
	wakes, err := s.Store.Wakes(ctx, most)
	for _, w := range wakes {
		if err != nil {
			return err
		}
		ours := false
		err = s.Store.ViewConversation(ctx, w.Conversation, func(v store.ConversationView) error {
			_, err := v.Participant(id)
			if err == nil {
				_, err = v.ClosedIn(id)
				ours = errors.Is(err, store.ErrNotFound)
			}
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			return err
		})
		if err != nil || !ours {
			continue
		}
		err = s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
			c, err := tx.Closing()
			if err != nil || c.Receipt != nil {
				return err
			}
			return tx.ListConversation(w.Conversation)
		})
	}
	return err
}

// closeIn clears one conversation and takes it off the list, with what it counted.
func (s *Service) closeIn(ctx context.Context, id account.ID, row store.ConversationIndex) error {
	in, err := s.CloseIn(ctx, row.Conversation, id)
	if err != nil {
		return err
	}
	return s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		c, err := tx.Closing()
		if err != nil {
			return err
		}
		listed, err := tx.UnlistConversation(row.Conversation)
		if err != nil || !listed {
			return err // another call was here
		}
		c.Counts = add(c.Counts,
			account.Erased{Kind: account.ErasedDeposits, Count: in.Deposits}, account.Erased{Kind: account.ErasedMessages, Count: in.Erased},
			account.Erased{Kind: account.ErasedKeyPackages, Count: in.Addressed}, account.Erased{Kind: account.KeptMessages, Count: in.Kept},
			account.Erased{Kind: account.ErasedConversations, Count: 1})
		return tx.PutClosing(c)
	})
}

// finish erases what stands under the account's own key and stores the receipt.
func (s *Service) finish(ctx context.Context, chain *account.Chain) (receipt []byte, left uint64, err error) {
	id := chain.ID()
	if err := s.Store.ForgetInvites(ctx, id); err != nil {
		return nil, 0, err
	}
	err = s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		c, err := tx.Closing()
		if err != nil || c.Receipt != nil {
			receipt = c.Receipt
			return err
		}
		erased, err := tx.EraseAccount()
		if err != nil {
			return err
		}
		c.Counts = add(c.Counts, append(erased, account.Erased{Kind: account.KeptChain, Count: chain.Head().Seq})...)
		r := &account.Receipt{
			Host: s.Host, Handle: chain.Handle(), Account: id, Head: chain.Head(), Time: s.NowMS(), Lines: c.Counts,
		}
		account.SignReceipt(r, s.Keys.Server)
		receipt = r.Marshal()
		c.Receipt = receipt
		return tx.PutClosing(c)
	})
	if err == nil {
		err = s.Store.Scrub(ctx)
	}
	return receipt, 0, err
}

// add adds counts to counts, in the order of their kinds.
func add(list []account.Erased, more ...account.Erased) []account.Erased {
	for _, m := range more {
		i := slices.IndexFunc(list, func(x account.Erased) bool { return x.Kind == m.Kind })
		if i < 0 {
			list = append(list, m)
		} else {
			list[i].Count += m.Count
		}
	}
	slices.SortFunc(list, func(a, b account.Erased) int { return int(a.Kind) - int(b.Kind) })
	return list
}
