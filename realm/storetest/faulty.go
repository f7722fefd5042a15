package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/coffer-chat/coffer/realm"
)

// Faulty is a Store that breaks at a chosen write.
type Faulty struct {
	realm.Store
	// At is the number of the Apply that fails, counted from 1; 0 is none. From
	// then on everything fails, as after a crash, until At is set anew.
	At int
	// After says that the failing change is made durable before it fails.
	After bool

	mu    sync.Mutex
	count int
}

// ErrCrash is what a Faulty store returns.
var ErrCrash = errors.New("storetest: crashed")

// Apply implements realm.Store.
func (f *Faulty) Apply(ctx context.Context, c realm.Change) error {
	f.mu.Lock()
	f.count++
	n, at, after := f.count, f.At, f.After
	f.mu.Unlock()
	if at == 0 || n < at {
		return f.Store.Apply(ctx, c)
	}
	if n == at && after {
		if err := f.Store.Apply(ctx, c); err != nil {
			return fmt.Errorf("%w: %w", ErrCrash, err)
		}
	}
	return ErrCrash
}

// Crashed reports whether the chosen write was reached.
func (f *Faulty) Crashed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.At > 0 && f.count >= f.At
}
