package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
)

// ErrDeviceRemoved says that the account has removed this device. What the device
// holds stays readable on it; it gets nothing new and can send nothing.
var ErrDeviceRemoved = errors.New("client: this device has been removed from the account")

// removedError is the error of a device that its own chain has removed.
func (e *Engine) removedError(c *account.Chain) error {
	k, _ := c.Keyholder(e.self.device.ID())
	how := "as one that nobody has any more"
	if k.Removal.Reason == account.ReasonCompromised {
		how = "as one that somebody else may have used"
	}
	at := ""
	if entry := c.Entry(k.RemovedSeq); entry != nil {
		at = " on " + time.UnixMilli(int64(entry.Time)).UTC().Format("2 January 2006")
	}
	if k.Removal.Reason == account.ReasonClosed {
		return closedError(at)
	}
	return &fault.Error{
		Kind: fault.KindRefused, Mark: ErrDeviceRemoved,
		Message: fmt.Sprintf("this device was removed from the account%s, %s; what is here can still be read, nothing new comes or goes; to use the account on it again, link or restore it into another home", at, how),
	}
}

// refuseRemoved reports, by an error, that this device was removed: nothing that it
// queued could ever be sent.
func (e *Engine) refuseRemoved() error {
	if c := e.self.chain; !c.ActiveAt(e.self.device.ID(), c.Head().Seq) {
		return e.removedError(c)
	}
	return nil
}

// neverQueued takes messages out of the outbox again that were put there before this
// device heard that it was removed. What waited there before stays, to be read.
func (e *Engine) neverQueued(ctx context.Context, rows []*queued) error {
	waiting, err := e.outbox(ctx, nil)
	if err != nil {
		return err
	}
	var b store.Batch
	for _, w := range waiting {
		for _, q := range rows {
			if w.idempotency == q.idempotency {
				if err := e.unqueue(ctx, &b, w); err != nil {
					return err
				}
			}
		}
	}
	return e.apply(ctx, &b)
}

// learnRemoved verifies that this device was removed when the server says so: the
// chain must show it, signed by a device that could. A server that cannot show it
// is lying.
func (e *Engine) learnRemoved(ctx context.Context) error {
	id, device := e.self.id, e.self.device.ID()
	c := e.self.chain
	if c.ActiveAt(device, c.Head().Seq) {
		r, err := wire.DeviceClient{Doer: e.transport}.GetRemoval(ctx, &wire.GetRemovalRequest{
			Account: id[:], Device: device[:], FromSeq: c.Head().Seq + 1,
		})
		lie := fault.Broken(fault.PromiseProved, err, "the server says that this device was removed from the account, and cannot show it")
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
			return lie
		}
		if err != nil {
			return fault.FromServer(err)
		}
		entries, err := account.ParseEntries(r.Entries)
		if err != nil {
			return fault.Broken(fault.PromiseProved, err, "the server sent a damaged account chain")
		}
		for _, entry := range entries {
			if c, err = c.Append(entry); err != nil {
				return fault.Broken(fault.PromiseProved, err, "the server sent an account chain that does not verify")
			}
		}
		if c.ActiveAt(device, c.Head().Seq) {
			return lie
		}
		var b store.Batch
		setChain(&b, c)
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
		if err := e.keepChain(c); err != nil {
			return err
		}
	}
	return e.removedError(c)
}
