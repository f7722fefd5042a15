//go:build !js

package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
)

// fetching brings attachments here while Watch waits.
type fetching struct {
	wake chan struct{}
	over chan struct{}
	err  error // valid once over
	stop context.CancelFunc
}

// fetchBeside starts it. It ends with stop, or when this device is in the way. A file
// that is not what its message says, which any member can post, does not end it: such
// a one does not come by itself again, and says so to who opens it.
func (e *Engine) fetchBeside(ctx context.Context) *fetching {
	ctx, stop := context.WithCancel(ctx)
	w := &fetching{wake: make(chan struct{}, 1), over: make(chan struct{}), stop: stop}
	go func() {
		defer close(w.over)
		for {
			select {
			case <-ctx.Done():
				return
			case <-w.wake:
			}
			_, err := e.fetchRecent(ctx, func(Progress) {})
			if kind := fault.KindOf(err); err != nil && ctx.Err() == nil && kind != fault.KindUnreachable && kind != fault.KindIntegrity {
				w.err = err
				return
			}
		}
	}()
	return w
}

// again has it look once more. It returns what was wrong.
func (w *fetching) again() error {
	select {
	case <-w.over:
		return w.err
	case w.wake <- struct{}{}:
	default: // it is to look anyway
	}
	return nil
}

// end stops it and waits for it.
func (w *fetching) end() {
	w.stop()
	<-w.over
}
