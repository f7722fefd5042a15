// Package lru is a cache that forgets what was used longest ago. Start with New.
package lru

import (
	"container/list"
	"sync"
)

// Cache holds values up to a total cost. It may be used concurrently.
type Cache[K comparable, V any] struct {
	mu    sync.Mutex
	max   int
	cost  int
	byKey map[K]*list.Element
	order *list.List // newest first
}

type item[K comparable, V any] struct {
	key   K
	value V
	cost  int
}

// New returns a cache for a total cost of max.
func New[K comparable, V any](max int) *Cache[K, V] {
	return &Cache[K, V]{max: max, byKey: make(map[K]*list.Element), order: list.New()}
}

// Get returns a value and whether it is there.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		var zero V
		return zero, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*item[K, V]).value, true
}

// Put stores a value at a cost. One that costs more than the whole cache is not
// kept.
func (c *Cache[K, V]) Put(key K, value V, cost int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if cost > c.max {
		return
	}
	c.byKey[key] = c.order.PushFront(&item[K, V]{key, value, cost})
	for c.cost += cost; c.cost > c.max; {
		c.drop(c.order.Back().Value.(*item[K, V]).key)
	}
}

// Drop forgets a value.
func (c *Cache[K, V]) Drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
}

func (c *Cache[K, V]) drop(key K) {
	if e, ok := c.byKey[key]; ok {
		c.cost -= e.Value.(*item[K, V]).cost
		c.order.Remove(e)
		delete(c.byKey, key)
	}
}
