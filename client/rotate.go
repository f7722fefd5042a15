package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
)

// rotateEvery is how long a device's KEM key and a vault epoch that it opened
// live (DESIGN 4.2).
const rotateEvery = 30 * 24 * time.Hour

// keyRotation holds the device's secret with a new KEM key, from before the server
// hears of the key until the device uses it.
var keyRotation = store.Table("ro").Uint64(0)

// rotateIfDue opens a vault epoch and takes a new KEM key of this device's own
// when the last are old. The leaves in conversations follow with their next
// messages (leafDue).
func (e *Engine) rotateIfDue(ctx context.Context) error {
	if !e.rotationDue() {
		return nil
	}
	u, err := e.change(ctx, func(c *account.Chain, a account.Author, roots *account.Roots) (*account.Update, error) {
		a.Time = e.serverNow()
		u, secret, err := c.Rotate(e.cfg.Rand, a, roots)
		if err != nil {
			return nil, err
		}
		defer secret.KEM().Erase() // the signing key is the device's
		var b store.Batch
		b.Set(keyRotation.Bytes(), secret.Bytes())
		return u, e.apply(ctx, &b)
	})
	if err != nil {
		return err
	}
	k, _ := u.Chain.Keyholder(e.self.device.ID())
	return e.takeRotation(ctx, k)
}

// rotationDue reports whether this device's KEM key is too old. A key from the
// future was made while the clock was wrong, and tells nothing of its age.
func (e *Engine) rotationDue() bool {
	k, ok := e.self.chain.Keyholder(e.self.device.ID())
	if !ok || !k.Active() {
		return false
	}
	made := k.AddedTime
	if entry := e.lastRotation(); entry != nil {
		made = entry.Time
	}
	age := e.serverNow().Sub(time.UnixMilli(int64(min(made, 1<<53))))
	return age >= rotateEvery || age < -24*time.Hour
}

// lastRotation returns the entry by which this device rotated last, or nil.
func (e *Engine) lastRotation() *account.Entry {
	for seq := e.self.chain.Head().Seq; seq > 0; seq-- {
		entry := e.self.chain.Entry(seq)
		if entry.Type() == account.BodyRotate && entry.Signer == e.self.device.ID() {
			return entry
		}
	}
	return nil
}

// takeRotation makes the KEM key that the chain now names for this device the one
// in use. It was stored before the server heard of it, so whatever was cut short
// in between, it is there.
func (e *Engine) takeRotation(ctx context.Context, k account.Keyholder) error {
	if k.KEM == e.self.device.Public().KEM {
		return nil
	}
	v, err := e.get(ctx, keyRotation)
	if err != nil {
		return err
	}
	secret, err := account.ParseKeyholderSecret(v)
	if err != nil || secret.ID() != e.self.device.ID() || secret.Public() != k.Public() {
		return fault.Failed(err, "this device's store is older than its keys in the account, as after copying a home back; link or restore into another home, and revoke this device")
	}
	old := e.self.device
	e.self.device = secret
	var b store.Batch
	setSelf(&b, e.self)
	b.Delete(keyRotation.Bytes())
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	old.Erase()
	return nil
}

// rootsBehind opens the roots of the vault epoch up to which this device has
// them, where its chain is ahead: it was cut short between the two.
func rootsBehind(c *account.Chain, current []byte) (*account.Roots, error) {
	entries := c.Entries(0)
	roots, err := account.RootsFrom(c, current)
	for n := len(entries) - 1; err != nil && n > 0; n-- {
		at, _ := c.HeadAt(uint64(n))
		before, replayErr := account.ReplayFrom(entries[:n], at)
		if replayErr != nil {
			return nil, replayErr
		}
		roots, err = account.RootsFrom(before, current)
	}
	return roots, err
}
