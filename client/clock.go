package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
)

// keyClock holds the latest time that this device has had from the server.
var keyClock = store.Table("ek").Uint64(0)

// clockStep is how far the server's time must have gone on to be noted anew.
const clockStep = time.Hour

// clock is what a device knows of the time beside its own clock. Where the two
// differ the later one counts for what is to disappear: neither a server that
// turns its clock back nor somebody who turns back the device's makes a message
// last longer.
type clock struct {
	asked bool      // the server was asked, since this program began
	floor time.Time // the latest time that is known to have been
	read  bool      // floor was read from the store
}

// laterNow is the latest that it can be: what was to disappear by then is gone.
func (e *Engine) laterNow(ctx context.Context) (time.Time, error) {
	if !e.clock.read {
		v, err := e.get(ctx, keyClock)
		if err != nil {
			return time.Time{}, err
		}
		e.clock.read = true
		if at := time.UnixMilli(int64(readUint64(v))); at.After(e.clock.floor) {
			e.clock.floor = at
		}
	}
	now := e.cfg.Now()
	for _, t := range []time.Time{e.serverNow(), e.clock.floor} {
		if t.After(now) {
			now = t
		}
	}
	return now, nil
}

// askTime asks the server for its time, once for as long as this program runs. A
// server that cannot be reached leaves the device with its own.
func (e *Engine) askTime(ctx context.Context) error {
	if e.clock.asked {
		return nil
	}
	if _, err := e.measureSkew(ctx); err != nil {
		if fault.KindOf(err) == fault.KindUnreachable {
			return nil
		}
		return err
	}
	e.clock.asked = true
	return e.noteTime(ctx, e.serverNow())
}

// noteTime notes that it has been t.
func (e *Engine) noteTime(ctx context.Context, t time.Time) error {
	if _, err := e.laterNow(ctx); err != nil || t.Before(e.clock.floor.Add(clockStep)) {
		return err
	}
	var b store.Batch
	b.Set(keyClock.Bytes(), appendUint64(nil, uint64(max(t.UnixMilli(), 0))))
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	e.clock.floor = t
	return nil
}
