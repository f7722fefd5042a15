package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// VaultSwitched is what turning the vault on or off came to.
type VaultSwitched struct {
	On bool
	// Conversations are those that the account takes part in; in Pending of them
	// the change is still to be committed, which Sync goes on with.
	Conversations, Pending int
}

// SetVault turns the account's vault on or off. Off means that what is sent from
// the next epoch of each conversation on is deposited for this account no more: it
// is on the account's devices only. The device commits in every conversation to
// make it so; where that does not work, Sync goes on with it. It fails with
// fault.KindUsage if the vault is as asked already.
func (e *Engine) SetVault(ctx context.Context, on bool) (VaultSwitched, error) {
	out := VaultSwitched{On: on}
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		if e.self.chain.VaultOn() == on {
			return fault.Usage("the vault is %s already", onOff(on))
		}
		if err := e.pull(ctx); err != nil {
			return err
		}
		if _, err := e.change(ctx, func(c *account.Chain, a account.Author, roots *account.Roots) (*account.Update, error) {
			return c.SetVault(e.cfg.Rand, a, roots, on)
		}); err != nil {
			return err
		}
		err := e.coverAll(ctx)
		if e.self == nil {
			return err // the device's store failed; Sync goes on with it
		}
		err = errors.Join(err, e.addOwnAll(ctx))
		list, counted := e.allConvs(ctx)
		if counted != nil {
			return counted
		}
		for _, c := range list {
			if c.st.Gone || c.pos == nil {
				continue
			}
			out.Conversations++
			if n, err := e.uncovered(ctx, c); err != nil || n > 0 {
				out.Pending++
			}
		}
		if kind := fault.KindOf(err); kind == fault.KindUnreachable || kind == fault.KindRefused {
			return nil // what is pending is told, and Sync goes on with it
		}
		return err
	})
	return out, err
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// addOwnAll adds the account's other devices to its conversations while the vault
// is off: they have no deposit to read by and no join key to join with.
func (e *Engine) addOwnAll(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil || e.self == nil || e.self.chain.VaultOn() {
		return err
	}
	var errs []error
	for _, c := range list {
		if err := e.addOwn(ctx, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// addOwn adds them to one conversation, once for each state of the own chain in
// the life of the program.
func (e *Engine) addOwn(ctx context.Context, c *conversation) error {
	if err := e.loadWalk(ctx, c); err != nil {
		return err
	}
	seq := e.self.chain.Head().Seq
	if c.st.Gone || c.offered == seq || c.pos == nil || c.group == nil || !e.ownOutside(c) {
		return nil
	}
	c.offered = seq
	kps, err := e.claim(ctx, e.self.chain.HeadEntry(), c.pos.Context.CipherSuite)
	if err != nil || len(withoutMembers(kps, c.pos.Record)) == 0 {
		return err
	}
	return e.commit(ctx, c, &change{devices: kps})
}

// ownOutside reports whether a device of this account is no leaf of the group.
func (e *Engine) ownOutside(c *conversation) bool {
	for _, k := range e.self.chain.Keyholders() {
		if k.Kind == account.KindDevice && !isLeaf(c.pos.Record, e.self.id, k.ID) {
			return true
		}
	}
	return false
}

func isLeaf(record *convo.Record, id account.ID, device account.KeyholderID) bool {
	for _, l := range record.Leaves {
		if l != nil && l.Account == id && l.Device == device {
			return true
		}
	}
	return false
}

// withoutMembers leaves out key packages of devices that are leaves already.
func withoutMembers(list []*mls.KeyPackage, record *convo.Record) []*mls.KeyPackage {
	var out []*mls.KeyPackage
	for _, kp := range list {
		l, _, err := convo.LeafOf(kp.Leaf)
		if err == nil && !isLeaf(record, l.Account, l.Device) {
			out = append(out, kp)
		}
	}
	return out
}
