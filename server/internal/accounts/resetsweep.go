package accounts

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// SweepResets erases what is held of accounts that were reset, when their time is
// over. It returns how many there were.
func (s *Service) SweepResets(ctx context.Context) (int, error) {
	due, err := s.Store.DueResets(ctx, s.NowMS(), 16)
	if err != nil {
		return 0, err
	}
	for _, id := range due {
		if err := s.eraseReset(ctx, id); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

func (s *Service) eraseReset(ctx context.Context, id account.ID) error {
	err := s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		_, err := tx.Closing()
		if errors.Is(err, store.ErrNotFound) {
			return tx.PutClosing(store.Closing{ClosedMS: s.NowMS()})
		}
		return err
	})
	if err != nil {
		return err
	}
	chain, err := s.Chains.Get(ctx, id)
	if err != nil {
		return err
	}
	receipt, _, err := s.erase(ctx, chain)
	if err != nil || receipt == nil {
		return err // the next round goes on
	}
	return s.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		r, err := tx.Reset()
		if err != nil {
			return err
		}
		r.Erased = true
		return tx.PutReset(r)
	})
}
