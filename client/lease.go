package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/transport"
)

// From how many leaves on a committer asks for the lease before its first
// attempt: in smaller groups two rarely meet, and asking costs a call.
const leaseLeaves = 64

// leaseTries bounds how long a committer waits for its turn: somewhat longer
// than a lease that nobody uses lives.
const leaseTries = 60

// awaitLease waits for this device's turn to commit (DESIGN 5.2). The lease is a
// hint: without an answer the commit is tried all the same, and judged the same.
func (e *Engine) awaitLease(ctx context.Context, c *conversation) error {
	for range leaseTries {
		r, err := e.conversations().TakeLease(ctx, &wire.TakeLeaseRequest{Conversation: c.id[:]})
		if err != nil || r.Granted {
			return nil
		}
		if err := transport.Wait(ctx, time.Duration(min(max(r.RetryMs, 20), 2000))*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// giveLeaseBack lets the next one commit; a commit that was accepted does so by
// itself.
func (e *Engine) giveLeaseBack(ctx context.Context, c *conversation) {
	_, _ = e.conversations().TakeLease(ctx, &wire.TakeLeaseRequest{Conversation: c.id[:], GiveBack: true})
}
