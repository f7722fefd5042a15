package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
)

// pinPauses is after how long a PIN that was right for the n-th time is asked for
// again: what is never typed is forgotten.
var pinPauses = [...]time.Duration{day, 3 * day, 7 * day, 14 * day, 30 * day}

const day = 24 * time.Hour

// PINDue tells whether it is time to have the person type the PIN again. It asks
// nobody.
func (e *Engine) PINDue(ctx context.Context) (bool, error) {
	due := false
	err := e.withAccount(ctx, func() error {
		for _, k := range e.keyholders(func(k account.Kind) bool { return k == account.KindPIN }) {
			last, times, err := e.tried(ctx, k)
			if err != nil {
				return err
			}
			if last.Before(k.Added) {
				last = k.Added
			}
			due = due || e.cfg.Now().Sub(last) > pinPauses[min(times, len(pinPauses)-1)]
		}
		return nil
	})
	return due, err
}

// tried tells when a way back was last right, by a test or by a restore, and how
// often it was tested.
func (e *Engine) tried(ctx context.Context, k Keyholder) (last time.Time, times int, err error) {
	v, err := e.get(ctx, tablePasskey.ID(k.ID[:]).Uint64(wayTried))
	if err != nil {
		return last, 0, err
	}
	if len(v) == 9 {
		if ms := readUint64(v[:8]); ms < 1<<53 {
			last, times = time.UnixMilli(int64(ms)).UTC(), int(v[8])
		}
	}
	for _, d := range e.self.chain.AllKeyholders() {
		if at := time.UnixMilli(int64(d.AddedTime)).UTC(); d.AddedBy == k.ID && at.After(last) {
			last = at
		}
	}
	return last, times, nil
}

// noteTried notes that a way back was right.
func (e *Engine) noteTried(ctx context.Context, k Keyholder) error {
	_, times, err := e.tried(ctx, k)
	if err != nil {
		return err
	}
	w := &payload.WayTest{Keyholder: k.ID, Times: uint8(min(times+1, 255))}
	return e.appendPrivate(ctx, payload.Payload{Kind: payload.KindTried, Body: w.Bytes()})
}

// addTried fills in when ways back were last right.
func (e *Engine) addTried(ctx context.Context, list []Keyholder) (err error) {
	for i := range list {
		if !list[i].Kind.IsRecovery() {
			continue
		}
		if list[i].Tried, _, err = e.tried(ctx, list[i]); err != nil {
			return err
		}
	}
	return nil
}
