package search

import (
	"container/list"
	"sync"
)

// cache keeps the chunks used last, up to a number of bytes. Chunks never
// change, so nothing ever has to be thrown out for being old.
type cache struct {
	mu   sync.Mutex
	max  int
	size int
	used *list.List // of *cached, the last used first
	at   map[chunkID]*list.Element
}

type chunkID struct {
	seg uint64
	n   int
}

type cached struct {
	id   chunkID
	data []byte
}

func newCache(max int) *cache {
	return &cache{max: max, used: list.New(), at: map[chunkID]*list.Element{}}
}

func (c *cache) get(seg uint64, n int) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.at[chunkID{seg, n}]
	if !ok {
		return nil, false
	}
	c.used.MoveToFront(e)
	return e.Value.(*cached).data, true
}

func (c *cache) put(seg uint64, n int, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := chunkID{seg, n}
	if _, ok := c.at[id]; ok {
		return
	}
	c.at[id] = c.used.PushFront(&cached{id, data})
	for c.size += len(data); c.size > c.max; {
		last := c.used.Back()
		old := c.used.Remove(last).(*cached)
		delete(c.at, old.id)
		c.size -= len(old.data)
	}
}
