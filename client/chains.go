package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// chainCache holds an account's verified chain.
type chainCache struct{ chain *account.Chain }

// chainAt returns an account's chain that holds the head at, from the cache or
// the server. A chain that lacks a head once named to us is a fork: the server
// broke its promise.
func (e *Engine) chainAt(ctx context.Context, id account.ID, at account.Head) (*account.Chain, error) {
	c, err := e.storedChain(ctx, id)
	if err != nil {
		return nil, err
	}
	if c == nil || at.Seq > c.Head().Seq {
		if c, err = e.freshChain(ctx, id); err != nil {
			return nil, err
		}
	}
	if err := c.CheckExtends(at); err != nil {
		return nil, fault.Broken(fault.PromiseProved, err, "the server shows a forked account chain")
	}
	return c, nil
}

// chainSource is chainAt in the shape that package convo takes.
func (e *Engine) chainSource(ctx context.Context) func(account.ID, account.Head) (*account.Chain, error) {
	return func(id account.ID, at account.Head) (*account.Chain, error) { return e.chainAt(ctx, id, at) }
}

// freshChain asks the server for what was appended to an account's chain,
// verifies it and keeps it.
func (e *Engine) freshChain(ctx context.Context, id account.ID) (*account.Chain, error) {
	c, err := e.storedChain(ctx, id)
	if err != nil {
		return nil, err
	}
	next := uint64(1)
	if c != nil {
		next = c.Head().Seq + 1
	}
	r, err := e.account().GetChain(ctx, &wire.GetChainRequest{Account: id[:], FromSeq: next})
	if err != nil {
		return nil, fault.FromServer(err)
	}
	if e.self != nil && id == e.self.id {
		e.resetMS = r.ResetMs
	}
	if len(r.Entries) == 0 && c != nil {
		return c, nil
	}
	if c, err = extended(id, c, r.Entries); err != nil {
		return nil, err
	}
	var b store.Batch
	setChain(&b, c)
	if err := e.applySoon(ctx, &b); err != nil {
		return nil, err
	}
	return c, e.keepChain(c)
}

// keepChain puts a verified chain into the cache, and where it is our own,
// takes up what it says.
func (e *Engine) keepChain(c *account.Chain) error {
	id := c.ID()
	e.chains[string(id[:])] = &chainCache{c}
	if e.self != nil && id == e.self.id {
		e.self.chain = c
	}
	return nil
}

// setChain adds a verified chain to a batch.
func setChain(b *store.Batch, c *account.Chain) {
	id := c.ID()
	v := syntax.AppendUint16(nil, 1)
	v = c.Head().Append(v)
	v = syntax.AppendVector(v, func(v []byte) []byte {
		for _, entry := range c.Entries(0) {
			v = syntax.AppendOpaque(v, entry.Marshal())
		}
		return v
	})
	b.Set(tableChain.ID(id[:]).Bytes(), v)
}

// storedChain returns the chain that this device has verified, or nil.
func (e *Engine) storedChain(ctx context.Context, id account.ID) (*account.Chain, error) {
	if c, ok := e.chains[string(id[:])]; ok {
		return c.chain, nil
	}
	v, err := e.get(ctx, tableChain.ID(id[:]))
	if err != nil || v == nil {
		return nil, err
	}
	r := syntax.NewReader(v)
	version := r.Uint16()
	head := account.ReadHead(r)
	raw := syntax.List(r, (*syntax.Reader).Opaque)
	if r.Done() != nil || version != 1 {
		return nil, fault.Failed(r.Err(), "the device's store is damaged: account chain")
	}
	entries, err := account.ParseEntries(raw)
	if err != nil {
		return nil, fault.Failed(err, "the device's store is damaged: account chain")
	}
	c, err := account.ReplayFrom(entries, head)
	if err != nil {
		return nil, fault.Failed(err, "the device's store is damaged: account chain")
	}
	return c, e.keepChain(c)
}
