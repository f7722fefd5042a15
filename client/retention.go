package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
)

// tableConfirmed holds up to which entry the server was told that this device has
// them: .ID(conversation).
var tableConfirmed = store.Table("cf")

// confirmStored tells the server what this device has of conversations that nobody
// keeps a history of, so that it drops what all devices have (DESIGN 5.7).
func (e *Engine) confirmStored(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil || e.self == nil || !e.vaultWasOff() {
		return err
	}
	var errs []error
	for _, c := range list {
		if err := e.confirmConv(ctx, c); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) confirmConv(ctx context.Context, c *conversation) error {
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil || c.group == nil || c.st.Gone {
		return err
	}
	if c.st.Bottom.Seq > 1 || len(c.st.Missing) > 0 {
		return nil // it has not got everything yet
	}
	v, err := e.get(ctx, tableConfirmed.ID(c.id[:]))
	if err != nil {
		return err
	}
	before := readUint64(v)
	if before >= c.st.Top.Seq {
		return nil
	}
	if unkept, err := e.unkeptSince(ctx, c, before); err != nil || !unkept {
		return err
	}
	client := wire.RetentionClient{Doer: signedIn{e}}
	if _, err := client.ConfirmStored(ctx, &wire.ConfirmStoredRequest{Conversation: c.id[:], Seq: c.st.Top.Seq}); err != nil {
		return fault.FromServer(err)
	}
	var b store.Batch
	b.Set(tableConfirmed.ID(c.id[:]).Bytes(), appendUint64(nil, c.st.Top.Seq))
	return e.apply(ctx, &b)
}

// unkeptSince reports whether an epoch that was current after an entry is deposited
// for nobody.
func (e *Engine) unkeptSince(ctx context.Context, c *conversation, seq uint64) (bool, error) {
	for at, more := c.here(), true; more; at, more = c.st.before(at) {
		if at.epoch == 0 {
			continue // nothing is written in it
		}
		row, err := e.epoch(ctx, c, at)
		if err != nil || row == nil {
			return false, err
		}
		deposited, err := e.deposited(ctx, row)
		if err != nil || !deposited {
			return err == nil, err
		}
		if row.seq <= seq {
			break
		}
	}
	return false, nil
}

// droppable reports whether the server may have dropped the entry at seq: its epoch
// is deposited for nobody, and this device was no member then, so that it could not
// read the entry anyway. The server has to wait for those that were.
func (e *Engine) droppable(ctx context.Context, c *conversation, seq uint64) (bool, error) {
	if c.pos == nil || !e.vaultWasOff() {
		return false, nil
	}
	for at, more := c.here(), true; more; at, more = c.st.before(at) {
		if at.epoch == 0 {
			continue // nothing is written in it
		}
		row, err := e.epoch(ctx, c, at)
		if err != nil || row == nil {
			return false, err
		}
		if row.seq >= seq {
			continue
		}
		deposited, err := e.deposited(ctx, row)
		return !deposited && row.secrets == nil, err
	}
	return false, nil
}
