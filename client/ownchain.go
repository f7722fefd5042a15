package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
)

// refreshSelf takes up what was appended to the own chain: new keyholders, and
// a new vault epoch, whose root the device opens from its sealed root.
func (e *Engine) refreshSelf(ctx context.Context) error {
	c, err := e.freshChain(ctx, e.self.id)
	if err != nil {
		return err
	}
	if !c.ActiveAt(e.self.device.ID(), c.Head().Seq) {
		return e.removedError(c)
	}
	if k, _ := c.Keyholder(e.self.device.ID()); k.KEM != e.self.device.Public().KEM {
		if err := e.takeRotation(ctx, k); err != nil {
			return err
		}
	}
	if c.Vault().Number != e.self.roots.Current().Epoch() {
		if err := e.openNewRoots(ctx, c); err != nil {
			return err
		}
	}
	return e.hearOwnReset(ctx)
}

func (e *Engine) openNewRoots(ctx context.Context, c *account.Chain) error {
	roots, err := e.openRoots(ctx, e.account(), c, e.self.device)
	if err != nil {
		return err
	}
	e.self.roots, e.self.root = roots, roots.Current().Bytes()
	var b store.Batch
	setSelf(&b, e.self)
	return e.apply(ctx, &b)
}

// openRoots fetches a keyholder's own newest sealed root and opens all roots.
func (e *Engine) openRoots(ctx context.Context, client wire.AccountClient, c *account.Chain, secret *account.KeyholderSecret) (*account.Roots, error) {
	id := secret.ID()
	r, err := client.GetSealedRoots(ctx, &wire.GetSealedRootsRequest{Keyholder: id[:], NewestOnly: true})
	if err != nil {
		return nil, fault.FromServer(err)
	}
	for _, x := range r.SealedRoots {
		if string(x.Keyholder) != string(id[:]) {
			continue
		}
		roots, err := account.OpenRoots(c, secret, x.Sealed)
		if err != nil {
			return nil, fault.Broken(fault.PromiseStored, err, "the vault root that the server holds for this keyholder does not open")
		}
		return roots, nil
	}
	return nil, fault.Broken(fault.PromiseStored, nil, "the server holds no vault root for this keyholder")
}

// change appends an entry to the own chain. build may be called again, on a
// newer chain, when another device was faster.
func (e *Engine) change(ctx context.Context, build func(c *account.Chain, a account.Author, roots *account.Roots) (*account.Update, error)) (*account.Update, error) {
	const attempts = 5
	for range attempts {
		if err := e.refreshSelf(ctx); err != nil {
			return nil, err
		}
		pos, err := e.privatePosition(ctx)
		if err != nil {
			return nil, err
		}
		author := account.Author{Secret: e.self.device, Time: e.cfg.Now(), LogHead: pos.Head}
		u, err := build(e.self.chain, author, e.self.roots)
		if err != nil {
			return nil, asUsage(err)
		}
		err = e.postChain(ctx, e.account(), u)
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindStale {
			continue
		}
		if err != nil {
			return nil, fault.FromServer(err)
		}
		e.self.take(u)
		var b store.Batch
		setSelf(&b, e.self)
		setChain(&b, u.Chain)
		if err := e.apply(ctx, &b); err != nil {
			return nil, err
		}
		if err := e.keepChain(u.Chain); err != nil {
			return nil, err
		}
		return u, e.writeWitness(ctx)
	}
	return nil, fault.Failed(nil, "another device of this account keeps changing it; try again")
}

// asUsage keeps an Error and turns what a builder refused into one.
func asUsage(err error) error {
	if _, ok := err.(*fault.Error); ok {
		return err
	}
	return &fault.Error{Kind: fault.KindUsage, Message: "the account does not allow this", Err: err}
}

func (e *Engine) postChain(ctx context.Context, client wire.AccountClient, u *account.Update) error {
	_, err := client.AppendChain(ctx, &wire.AppendChainRequest{Entry: u.Entry.Marshal(), SealedRoots: wireRoots(u.Sealed)})
	return err
}
