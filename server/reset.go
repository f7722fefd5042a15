package server

import (
	"context"
	"errors"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/accounts"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/store"
)

// Errors of AskReset.
var (
	// ErrNoHandle: nobody has the handle.
	ErrNoHandle = errors.New("server: nobody has this handle")
	// ErrNoReset: the account was closed, or its handle given away already.
	ErrNoReset = errors.New("server: the account was closed or reset already")
)

// AskReset begins, in a store, the reset of the account that has a handle, for
// somebody whom the operator knows to be its owner, and returns a code for that
// person and when it is due: after the usual waiting time, in which the account's
// devices can stop it, or at once. What was asked for before is replaced.
func AskReset(ctx context.Context, s store.Store, handle string, now time.Time, atOnce bool) (code string, due time.Time, err error) {
	row, err := s.Handle(ctx, handle)
	if errors.Is(err, store.ErrNotFound) {
		return "", due, ErrNoHandle
	}
	if err != nil {
		return "", due, err
	}
	code, due = newCode(), now
	if !atOnce {
		due = now.Add(env.Limits{}.Complete().ResetWait)
	}
	err = s.UpdateAccount(ctx, row.Account, func(tx store.AccountTx) error {
		r, err := tx.Reset()
		if err == nil && r.Statement != nil {
			return ErrNoReset
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		_, err = tx.Closing()
		switch {
		case err == nil:
			return ErrNoReset
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		return tx.PutReset(store.Reset{
			AskedMS: uint64(now.UnixMilli()), DueMS: uint64(due.UnixMilli()), By: account.ResetByOperator, CodeHash: accounts.InviteHash(code),
		})
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoHandle // it is only reserved
	}
	return code, due, err
}
