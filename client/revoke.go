package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// Removal says how far a keyholder's removal has come.
type Removal struct {
	Keyholder   Keyholder
	Compromised bool // else lost
	At          time.Time
	By          account.KeyholderID
	// Conversations are those that the account is in; Pending of them have no
	// commit yet that closes them to the keyholder.
	Conversations, Pending int
}

// Revoke removes a device from the account, by its id or what is unique of it:
// it opens a vault epoch without the device, and then commits in every
// conversation. What cannot be committed now, Sync goes on with. With compromised,
// everything that the device has added is removed too but what keep names, and its
// checkpoints count no more. The first of the removals that it returns is the
// device's.
func (e *Engine) Revoke(ctx context.Context, id string, compromised bool, keep ...string) ([]Removal, error) {
	var out []Removal
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		k, err := findKeyholder(e.keyholders(func(k account.Kind) bool { return !k.IsRecovery() }), id)
		if err != nil {
			return err
		}
		if k.This {
			return fault.Usage("this is the device you are on; revoke it from another one")
		}
		list, reason := []account.KeyholderID{k.ID}, account.ReasonLost
		if compromised {
			list, reason = e.withAdded(list), account.ReasonCompromised
		}
		if list, err = e.without(list, keep); err != nil {
			return err
		}
		if err := e.removeKeyholders(ctx, reason, list); err != nil {
			return err
		}
		err = errors.Join(e.forgetPINs(ctx, list), e.coverRemoval(ctx))
		for _, id := range list {
			r, countErr := e.removal(ctx, id)
			if countErr != nil {
				return errors.Join(err, countErr)
			}
			out = append(out, r)
		}
		return err
	})
	return out, err
}

// without leaves out the keyholders that keep names; the first of the list goes in
// any case.
func (e *Engine) without(list []account.KeyholderID, keep []string) ([]account.KeyholderID, error) {
	all := e.keyholders(func(account.Kind) bool { return true })
	for _, text := range keep {
		k, err := findKeyholder(all, text)
		if err != nil {
			return nil, err
		}
		i := slices.Index(list, k.ID)
		if i <= 0 {
			return nil, fault.Usage("%s is not among what would be removed", k.ID)
		}
		list = slices.Delete(list, i, i+1)
	}
	return list, nil
}

// forgetPINs erases the registrations of removed PINs. A realm that cannot be
// reached keeps shares of a secret that opens nothing any more.
func (e *Engine) forgetPINs(ctx context.Context, list []account.KeyholderID) error {
	for _, id := range list {
		if k, ok := e.self.chain.Keyholder(id); ok && k.Kind == account.KindPIN {
			if err := e.deletePIN(ctx, id); err != nil && fault.KindOf(err) != fault.KindUnreachable {
				return err
			}
		}
	}
	return nil
}

// coverRemoval commits in every conversation where a removal is not covered. A
// server that cannot be reached any more is no error: what is left counts as
// pending, and Sync goes on.
func (e *Engine) coverRemoval(ctx context.Context) error {
	err := e.pull(ctx)
	if fault.KindOf(err) == fault.KindUnreachable && err != nil {
		return nil
	}
	errs := []error{err}
	list, err := e.allConvs(ctx)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for i, c := range list {
		err := e.cover(ctx, c)
		if fault.KindOf(err) == fault.KindUnreachable && err != nil {
			return errors.Join(errs...)
		}
		errs = append(errs, err)
		e.cfg.Progress(Progress{Task: "removal", Done: int64(i + 1), Total: int64(len(list))})
	}
	return errors.Join(errs...)
}

// Removals lists the keyholders that were removed from the account and are not
// out of every conversation yet.
func (e *Engine) Removals(ctx context.Context) ([]Removal, error) {
	var out []Removal
	err := e.withAccount(ctx, func() error {
		for _, k := range e.self.chain.AllKeyholders() {
			if k.Active() {
				continue
			}
			r, err := e.removal(ctx, k.ID)
			if err != nil {
				return err
			}
			if r.Pending > 0 {
				out = append(out, r)
			}
		}
		return nil
	})
	return out, err
}

// removal counts in how many conversations a removal is covered.
func (e *Engine) removal(ctx context.Context, id account.KeyholderID) (Removal, error) {
	k, ok := e.self.chain.Keyholder(id)
	if !ok || k.Active() {
		return Removal{}, fault.Failed(nil, "this keyholder has not been removed")
	}
	entry := e.self.chain.Entry(k.RemovedSeq)
	r := Removal{
		Keyholder: e.keyholder(k), Compromised: k.Removal.Reason == account.ReasonCompromised,
		At: time.UnixMilli(int64(entry.Time)).UTC(), By: entry.Signer,
	}
	list, err := e.allConvs(ctx)
	if err != nil {
		return r, err
	}
	for _, c := range list {
		if c.st.Gone {
			continue
		}
		if err := e.loadWalk(ctx, c); err != nil {
			return r, err
		}
		if c.pos == nil {
			continue
		}
		r.Conversations++
		if !closedTo(c, e.self.id, k) {
			r.Pending++
		}
	}
	return r, nil
}

// closedTo reports whether a conversation's newest commit covers the removal of a
// keyholder: its head table names a head with the removal, and no leaf of the
// device is left (DESIGN 5.4).
func closedTo(c *conversation, id account.ID, k account.Keyholder) bool {
	head, ok := c.pos.Table.Find(id)
	if !ok || head.Head.Seq < k.RemovedSeq {
		return false
	}
	for _, l := range c.pos.Record.Leaves {
		if l != nil && l.Account == id && l.Device == k.ID {
			return false
		}
	}
	return true
}
