package client

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
)

// tableDevice holds what the private log says of a device: .ID(device).Uint64(0)
// when it last wrote there, 1 what it is called, 2 what it runs on.
var tableDevice = store.Table("dv")

const (
	deviceSeenAt   = 0
	deviceCalled   = 1
	devicePlatform = 2
)

// seenEvery is how often a device that is in use says so.
const seenEvery = 20 * time.Hour

// deviceInfo is what the private log says of a device.
type deviceInfo struct {
	name, platform string
	seen           time.Time
}

// loadDevices reads what is known of the account's devices into memory.
func (e *Engine) loadDevices(ctx context.Context) error {
	e.devices = map[account.KeyholderID]deviceInfo{}
	for _, k := range e.self.chain.AllKeyholders() {
		if k.Kind.IsRecovery() {
			continue
		}
		key := tableDevice.ID(k.ID[:])
		seen, err := e.get(ctx, key.Uint64(deviceSeenAt))
		if err != nil {
			return err
		}
		name, err := e.get(ctx, key.Uint64(deviceCalled))
		if err != nil {
			return err
		}
		platform, err := e.get(ctx, key.Uint64(devicePlatform))
		if err != nil {
			return err
		}
		d := deviceInfo{name: string(name), platform: string(platform)}
		if ms := readUint64(seen); ms > 0 && ms < 1<<53 {
			d.seen = time.UnixMilli(int64(ms)).UTC()
		}
		e.devices[k.ID] = d
	}
	return nil
}

// noteDevice notes that a device wrote an entry of the private log.
func noteDevice(b *store.Batch, p payload.Payload) {
	b.Set(tableDevice.ID(p.Device[:]).Uint64(deviceSeenAt).Bytes(), appendUint64(nil, p.AtMS))
}

// saySeen writes, about once a day, that this device is in use.
func (e *Engine) saySeen(ctx context.Context) error {
	d := e.devices[e.self.device.ID()]
	if age := e.cfg.Now().Sub(d.seen); d.platform == platform() && age < seenEvery && age > -seenEvery {
		return nil
	}
	return e.appendPrivate(ctx, payload.Payload{Kind: payload.KindSeen, Body: (&payload.DeviceSeen{Platform: platform()}).Bytes()})
}

// RenameDevice gives a device of the account another name, which only the
// account's devices read.
func (e *Engine) RenameDevice(ctx context.Context, id, name string) (Keyholder, error) {
	var out Keyholder
	err := e.withAccount(ctx, func() error {
		name = strings.TrimSpace(name)
		if name == "" || len(name) > account.MaxName || !utf8.ValidString(name) {
			return fault.Usage("a device's name has 1 to %d bytes", account.MaxName)
		}
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		k, err := findKeyholder(e.keyholders(func(k account.Kind) bool { return !k.IsRecovery() }), id)
		if err != nil {
			return err
		}
		p := &payload.DeviceName{Device: k.ID, Name: name}
		if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindName, Body: p.Bytes()}); err != nil {
			return err
		}
		holder, _ := e.self.chain.Keyholder(k.ID)
		out = e.keyholder(holder)
		return nil
	})
	return out, err
}
