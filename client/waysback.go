package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/store"
)

// keyReminded holds when this device last reminded of ways back in.
var keyReminded = store.Table("a").Uint64(15)

const (
	// enoughWays is how many ways back in an account should have: one of them may
	// be lost together with the devices.
	enoughWays  = 2
	remindEvery = 24 * time.Hour
)

// Reminder is whether to remind the person of ways back in.
type Reminder struct {
	Ways  int // that there are, devices not counted, nor a PIN that is used up
	Spent int // PINs that are
	Due   bool
}

// Remind tells whether to remind the person that the account has fewer than two
// ways back in: at most once a day on each device. It asks nobody.
func (e *Engine) Remind(ctx context.Context) (Reminder, error) {
	var r Reminder
	err := e.withAccount(ctx, func() error {
		var err error
		if r.Ways, r.Spent, err = e.waysIn(ctx); err != nil {
			return err
		}
		v, err := e.get(ctx, keyReminded)
		if err != nil || r.Ways >= enoughWays {
			return err
		}
		now := e.cfg.Now()
		last := time.UnixMilli(int64(readUint64(v)))
		if now.Sub(last) < remindEvery && !now.Before(last) {
			return nil
		}
		r.Due = true
		var b store.Batch
		b.Set(keyReminded.Bytes(), appendUint64(nil, uint64(max(now.UnixMilli(), 0))))
		return e.apply(ctx, &b)
	})
	return r, err
}
