// Package local is a bus within one process. Start with New.
package local

import (
	"sync"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/bus"
)

// Bus is a bus.Bus in memory.
type Bus struct {
	mu   sync.Mutex
	subs map[account.ID]map[chan struct{}]bool
	relay
}

var _ bus.Bus = (*Bus)(nil)

// New returns a bus; the zero Bus is ready too.
func New() *Bus { return &Bus{} }

// Publish implements bus.Bus.
func (b *Bus) Publish(id account.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.subs[id] {
		select {
		case c <- struct{}{}:
		default: // it has one waiting
		}
	}
}

// Subscribe implements bus.Bus.
func (b *Bus) Subscribe(id account.ID) (<-chan struct{}, func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = make(map[account.ID]map[chan struct{}]bool)
	}
	if b.subs[id] == nil {
		b.subs[id] = make(map[chan struct{}]bool)
	}
	c := make(chan struct{}, 1)
	b.subs[id][c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if delete(b.subs[id], c); len(b.subs[id]) == 0 {
			delete(b.subs, id)
		}
	}
}
