package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// A PIN that was guessed at too often stays in the chain, and opens nothing: its
// realms have erased what it guarded. What this device has heard of that from so
// many realms that the others are too few stands in tablePasskey, under waySpent.
const waySpent = 2

func setSpent(b *store.Batch, id account.KeyholderID) {
	b.Set(tablePasskey.ID(id[:]).Uint64(waySpent).Bytes(), []byte{1})
}

// noteSpent notes what the realms have just said of a PIN; err is how they were
// asked, nil where they still guard it.
func (e *Engine) noteSpent(ctx context.Context, id account.KeyholderID, err error) error {
	key := tablePasskey.ID(id[:]).Uint64(waySpent)
	before, failed := e.get(ctx, key)
	if failed != nil {
		return failed
	}
	var b store.Batch
	switch spent := usedUp(err); {
	case spent && before == nil:
		setSpent(&b, id)
	case err == nil && before != nil:
		b.Delete(key.Bytes())
	default:
		return nil
	}
	return e.apply(ctx, &b)
}

// usedUp reports whether an error says that a PIN opens nothing any more.
func usedUp(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && (f.Kind == fault.KindLocked || f.Kind == fault.KindWrongSecret && f.GuessesLeft != nil && *f.GuessesLeft == 0)
}

// lockedAt counts the realms whose log ends with the registration being used up.
func lockedAt(logs []pinvault.RealmLog) int {
	n := 0
	for _, l := range logs {
		if i := len(l.Entries) - 1; i >= 0 && l.Entries[i].Event == pinvault.EventLocked {
			n++
		}
	}
	return n
}

// addSpent fills in which ways back open nothing any more.
func (e *Engine) addSpent(ctx context.Context, list []Keyholder) error {
	for i := range list {
		if list[i].Kind != account.KindPIN {
			continue
		}
		v, err := e.get(ctx, tablePasskey.ID(list[i].ID[:]).Uint64(waySpent))
		if err != nil {
			return err
		}
		list[i].Spent = v != nil
	}
	return nil
}

// waysIn counts the ways back that open the account, devices and PINs that are
// used up not among them.
func (e *Engine) waysIn(ctx context.Context) (open, spent int, err error) {
	list := e.keyholders(account.Kind.IsRecovery)
	if err := e.addSpent(ctx, list); err != nil {
		return 0, 0, err
	}
	for _, k := range list {
		if k.Spent {
			spent++
		}
	}
	return len(list) - spent, spent, nil
}
