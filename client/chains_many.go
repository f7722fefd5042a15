package client

import (
	"bytes"
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
)

// maxChainsAsked is how many chains one call asks for.
const maxChainsAsked = 500

// freshChains is freshChain for many accounts at once: a commit in a large group
// names where each participant's chain stands.
func (e *Engine) freshChains(ctx context.Context, ids []account.ID) error {
	for len(ids) > 0 {
		n, err := e.someChains(ctx, ids[:min(len(ids), maxChainsAsked)])
		if err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// someChains asks for news of chains; it returns of how many the server told.
func (e *Engine) someChains(ctx context.Context, ids []account.ID) (int, error) {
	req := &wire.GetChainsRequest{Chains: make([]wire.KnownChain, len(ids))}
	known := make([]*account.Chain, len(ids))
	for i := range ids {
		c, err := e.storedChain(ctx, ids[i])
		if err != nil {
			return 0, err
		}
		req.Chains[i].Account = ids[i][:]
		if known[i] = c; c != nil {
			req.Chains[i].Seq = c.Head().Seq
		}
	}
	r, err := e.chainsService().GetChains(ctx, req)
	if err != nil {
		return 0, fault.FromServer(err)
	}
	if r.Taken == 0 || int64(r.Taken) > int64(len(ids)) {
		return 0, fault.Broken(fault.PromiseProved, nil, "the server did not answer for the account chains that were asked for")
	}
	var b store.Batch
	var fresh []*account.Chain
	next := 0
	for i := range ids[:r.Taken] {
		c := known[i]
		if next < len(r.Chains) && bytes.Equal(r.Chains[next].Account, ids[i][:]) {
			if c, err = extended(ids[i], c, r.Chains[next].Entries); err != nil {
				return 0, err
			}
			next++
			setChain(&b, c)
			fresh = append(fresh, c)
		}
		if c == nil {
			return 0, &fault.Error{Kind: fault.KindRefused, Message: "an account in this conversation is not on the server"}
		}
	}
	if next != len(r.Chains) {
		return 0, fault.Broken(fault.PromiseProved, nil, "the server sent account chains that were not asked for")
	}
	if len(fresh) == 0 {
		return int(r.Taken), nil
	}
	if err := e.applySoon(ctx, &b); err != nil {
		return 0, err
	}
	for _, c := range fresh {
		if err := e.keepChain(c); err != nil {
			return 0, err
		}
	}
	return int(r.Taken), nil
}

// extended is a verified chain, nil for none, with entries that the server says
// follow.
func extended(id account.ID, c *account.Chain, raw [][]byte) (*account.Chain, error) {
	entries, err := account.ParseEntries(raw)
	if err != nil {
		return nil, fault.Broken(fault.PromiseProved, err, "the server sent a damaged account chain")
	}
	if c == nil {
		c, err = account.Replay(entries)
	} else {
		for _, entry := range entries {
			if c, err = c.Append(entry); err != nil {
				break
			}
		}
	}
	if err != nil || c == nil || c.ID() != id {
		return nil, fault.Broken(fault.PromiseProved, err, "the server sent an account chain that does not verify")
	}
	return c, nil
}
