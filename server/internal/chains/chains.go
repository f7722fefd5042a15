// Package chains keeps verified account chains at hand. Start with New; Get
// returns an account's chain as the store has it now.
package chains

import (
	"context"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/lru"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	// entryCost is what an entry of a chain is taken to cost in memory, in bytes.
	entryCost = 4 << 10
	// cacheSize bounds the cache in bytes.
	cacheSize = 16 << 20
)

// Cache replays chains from the store and keeps the ones used last. Chains only
// grow, so what is kept is never wrong, only short, and the rest is fetched.
type Cache struct {
	store store.Store
	lru   *lru.Cache[account.ID, *account.Chain]
}

// New returns a cache over a store.
func New(s store.Store) *Cache {
	return &Cache{s, lru.New[account.ID, *account.Chain](cacheSize)}
}

// Get returns an account's chain, or store.ErrNotFound.
func (c *Cache) Get(ctx context.Context, id account.ID) (chain *account.Chain, err error) {
	err = c.store.ViewAccount(ctx, id, func(v store.AccountView) error {
		chain, err = c.In(v, id)
		return err
	})
	return chain, err
}

// At is In for a caller who knows how many entries the chain has.
func (c *Cache) At(v store.AccountView, id account.ID, seq uint64) (*account.Chain, error) {
	if chain, ok := c.lru.Get(id); ok && chain.Head().Seq == seq {
		return chain, nil
	}
	return c.In(v, id)
}

// In is Get inside a view of the account. (Not inside a transaction: what that
// sees may yet fail to reach the disk, and must not be remembered.)
func (c *Cache) In(v store.AccountView, id account.ID) (*account.Chain, error) {
	chain, _ := c.lru.Get(id)
	from := uint64(1)
	if chain != nil {
		from = chain.Head().Seq + 1
	}
	rest, err := v.Chain(from, account.MaxChain)
	if err != nil {
		return nil, err
	}
	if len(rest) == 0 {
		if chain == nil {
			return nil, store.ErrNotFound
		}
		return chain, nil
	}
	if chain == nil {
		if chain, err = account.ParseChain(rest); err != nil {
			return nil, err
		}
	} else {
		for _, data := range rest {
			e, err := account.ParseEntry(data)
			if err != nil {
				return nil, err
			}
			if chain, err = chain.Append(e); err != nil {
				return nil, err
			}
		}
	}
	c.lru.Put(id, chain, int(chain.Head().Seq)*entryCost)
	return chain, nil
}
