package client

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/recoverycode"
)

// keyholders lists the account's keyholders, present ones only.
func (e *Engine) keyholders(keep func(account.Kind) bool) []Keyholder {
	var out []Keyholder
	for _, k := range e.self.chain.Keyholders() {
		if keep(k.Kind) {
			out = append(out, e.keyholder(k))
		}
	}
	return out
}

func (e *Engine) keyholder(k account.Keyholder) Keyholder {
	name, err := e.self.roots.OpenName(k)
	if err != nil {
		name = ""
	}
	d := e.devices[k.ID]
	if d.name != "" {
		name = d.name
	}
	return Keyholder{
		LastSeen: d.seen, Platform: d.platform,
		ID: k.ID, Kind: k.Kind, Name: name, Added: time.UnixMilli(int64(k.AddedTime)).UTC(),
		AddedBy: k.AddedBy, Removed: !k.Active(), This: k.ID == e.self.device.ID(),
	}
}

// Devices lists the account's devices.
func (e *Engine) Devices(ctx context.Context) ([]Keyholder, error) {
	return e.listKeyholders(ctx, func(k account.Kind) bool { return !k.IsRecovery() })
}

// RecoveryMethods lists the ways back into the account.
func (e *Engine) RecoveryMethods(ctx context.Context) ([]Keyholder, error) {
	return e.listKeyholders(ctx, account.Kind.IsRecovery)
}

func (e *Engine) listKeyholders(ctx context.Context, keep func(account.Kind) bool) ([]Keyholder, error) {
	var out []Keyholder
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil && fault.KindOf(err) != fault.KindUnreachable && !errors.Is(err, ErrDeviceRemoved) {
			return err
		}
		out = e.keyholders(keep)
		if err := e.addTried(ctx, out); err != nil {
			return err
		}
		if err := e.addSpent(ctx, out); err != nil {
			return err
		}
		return e.addPlaces(ctx, out)
	})
	return out, err
}

// AddCode makes a recovery code and adds it as a way back in. The code is
// returned once and kept nowhere.
func (e *Engine) AddCode(ctx context.Context) (string, Keyholder, error) {
	var code string
	var k Keyholder
	err := e.withAccount(ctx, func() error {
		secret, err := recoverycode.New(e.cfg.Rand)
		if err != nil {
			return fault.Failed(err, "no randomness")
		}
		defer secret.Erase()
		b := secret.Bytes()
		defer clear(b)
		holder, err := account.DeriveKeyholder(b, e.self.id, account.KindCode)
		if err != nil {
			return fault.Failed(err, "the code's keys cannot be derived")
		}
		defer holder.Erase()
		if k, err = e.addKeyholder(ctx, holder, "recovery code", account.RealmSet{}); err != nil {
			return err
		}
		code = secret.Code()
		return nil
	})
	return code, k, err
}

// addKeyholder appends the entry that adds a recovery method.
func (e *Engine) addKeyholder(ctx context.Context, holder *account.KeyholderSecret, name string, realms account.RealmSet) (Keyholder, error) {
	u, err := e.change(ctx, func(c *account.Chain, a account.Author, roots *account.Roots) (*account.Update, error) {
		return c.Add(e.cfg.Rand, a, roots, holder.Join(e.self.id, name, realms))
	})
	if err != nil {
		return Keyholder{}, err
	}
	k, _ := u.Chain.Keyholder(holder.ID())
	return e.keyholder(k), nil
}

// RemoveRecovery removes a way back in, which opens a new vault epoch. The id
// may be shortened to what is unique.
func (e *Engine) RemoveRecovery(ctx context.Context, prefix string) (Keyholder, error) {
	var out Keyholder
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		k, err := findKeyholder(e.keyholders(account.Kind.IsRecovery), prefix)
		if err != nil {
			return err
		}
		out = k
		if err := e.removeKeyholders(ctx, account.ReasonLost, []account.KeyholderID{k.ID}); err != nil {
			return err
		}
		out.Removed = true
		switch k.Kind {
		case account.KindPIN:
			return e.deletePIN(ctx, k.ID)
		case account.KindCloud:
			return e.dropCloud(ctx, k.ID)
		}
		return nil
	})
	return out, err
}

// removeKeyholders appends one entry that removes them all.
func (e *Engine) removeKeyholders(ctx context.Context, reason account.Reason, ids []account.KeyholderID) error {
	_, err := e.change(ctx, func(c *account.Chain, a account.Author, roots *account.Roots) (*account.Update, error) {
		var list []account.Removal
		for _, id := range ids {
			if k, ok := c.Keyholder(id); ok && k.Active() {
				list = append(list, account.Removal{Keyholder: id, Reason: reason, LogHead: a.LogHead})
			}
		}
		return c.Remove(e.cfg.Rand, a, roots, list)
	})
	return err
}

func findKeyholder(list []Keyholder, prefix string) (Keyholder, error) {
	var found []Keyholder
	for _, k := range list {
		if prefix != "" && strings.HasPrefix(k.ID.String(), strings.ToLower(prefix)) {
			found = append(found, k)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Keyholder{}, fault.Usage("there is none with the id %q; coffer devices and coffer recovery list show them", prefix)
	}
	err := fault.Usage("%q is short for several", prefix)
	for _, k := range found {
		err.Choices = append(err.Choices, k.ID.String())
	}
	return Keyholder{}, err
}

// RecoverySecret is a secret to try: a code, a PIN, the place or the file of a
// cloud key, or what a passkey's PRF gave.
type RecoverySecret struct {
	PIN, Password      []byte
	Code, Cloud        string
	CloudFile, Passkey []byte
}

// TestRecovery proves that a way back would work, and leaves everything as it was
// but a note of when it was right. A wrong PIN costs a guess.
func (e *Engine) TestRecovery(ctx context.Context, s RecoverySecret) (Keyholder, error) {
	var out Keyholder
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		holder, err := e.testSecret(ctx, s)
		if err != nil {
			return err
		}
		defer holder.Erase()
		k, ok := e.self.chain.Keyholder(holder.ID())
		if !ok || !k.Active() {
			return &fault.Error{Kind: fault.KindWrongSecret, Message: "this is not a way into this account, or no longer one"}
		}
		roots, err := e.openRoots(ctx, e.account(), e.self.chain, holder)
		if err != nil {
			return err
		}
		defer roots.Erase()
		if !roots.Current().Equal(e.self.roots.Current()) {
			return fault.Broken(fault.PromiseStored, nil, "the vault root held for this way back is another one")
		}
		out = e.keyholder(k)
		out.Place = s.Cloud
		if err := e.noteTried(ctx, out); err != nil && fault.KindOf(err) != fault.KindUnreachable {
			return err
		}
		return nil
	})
	return out, err
}

func (e *Engine) testSecret(ctx context.Context, s RecoverySecret) (*account.KeyholderSecret, error) {
	switch {
	case s.Code != "":
		return e.codeKeyholder(s.Code, e.self.id)
	case s.Cloud != "" || len(s.CloudFile) > 0:
		return e.testCloud(ctx, s)
	case len(s.Passkey) > 0:
		return passkeyHolder(s.Passkey, e.self.id)
	}
	return e.testPIN(ctx, s.PIN)
}

// codeKeyholder derives the keys of a recovery code.
func (e *Engine) codeKeyholder(text string, id account.ID) (*account.KeyholderSecret, error) {
	secret, _, err := recoverycode.Parse(text)
	switch {
	case errors.Is(err, recoverycode.ErrLength):
		return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: "a recovery code has 40 characters; some are missing, or there are too many"}
	case errors.Is(err, recoverycode.ErrVersion):
		return nil, fault.Failed(err, "this code was made by a newer version; update this program")
	case err != nil:
		return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: "more than three characters of this code are wrong; check it against what you wrote down"}
	}
	defer secret.Erase()
	b := secret.Bytes()
	defer clear(b)
	holder, err := account.DeriveKeyholder(b, id, account.KindCode)
	if err != nil {
		return nil, fault.Failed(err, "the code's keys cannot be derived")
	}
	return holder, nil
}

// contains reports whether the chain has the holder as an active keyholder
// with exactly these keys: a server cannot hand us another account.
func contains(c *account.Chain, holder *account.KeyholderSecret) bool {
	return slices.ContainsFunc(c.Keyholders(), func(k account.Keyholder) bool {
		return k.ID == holder.ID() && k.Public() == holder.Public()
	})
}
