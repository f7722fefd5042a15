package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
)

// tableCloud holds where the files of cloud keys are: .ID(keyholder).
var tableCloud = store.Table("kc")

// applyCloudPlace keeps a place.
func applyCloudPlace(b *store.Batch, body []byte) error {
	p, err := payload.ParseCloudPlace(body)
	if err != nil {
		return fault.Failed(err, "an entry of the private log cannot be read")
	}
	b.Set(tableCloud.ID(p.Keyholder[:]).Bytes(), []byte(p.Place))
	return nil
}

// cloudPlaceOf returns where a key's file is, "" where nobody said.
func (e *Engine) cloudPlaceOf(ctx context.Context, id account.KeyholderID) (string, error) {
	v, err := e.get(ctx, tableCloud.ID(id[:]))
	return string(v), err
}

// checkCloud proves that the keys kept in clouds would open the account, as far as
// the clouds can be reached from here.
func (e *Engine) checkCloud(ctx context.Context, _ *Vault) (Check, error) {
	c := Check{Name: "cloud", State: CheckOK}
	c.say("no key is kept in a cloud")
	right, kept := 0, 0
	for _, k := range e.keyholders(func(k account.Kind) bool { return k == account.KindCloud }) {
		text, err := e.cloudPlaceOf(ctx, k.ID)
		if err != nil {
			return c, err
		}
		if keptByHand(text) {
			tried, _, err := e.tried(ctx, k)
			if err != nil {
				return c, err
			}
			if !c.kept(tried, e.cfg.Now()) {
				c.State = worse(c.State, CheckUnknown)
				continue
			}
			kept++
			continue
		}
		place, at, err := e.openPlace(text)
		var files []cloudFile
		if err == nil {
			files, _, err = cloudFiles(ctx, place, e.self.id)
		}
		if err != nil {
			c.State = worse(c.State, CheckUnknown)
			c.say("not checked: %s cannot be reached from here", text)
			continue
		}
		opens, err := e.checkCloudKey(ctx, k.ID, files)
		if err != nil {
			return c, err
		}
		if !opens {
			c.State = worse(c.State, CheckDegraded)
			c.say("the key in %s is gone or damaged: make a new one with recovery add cloud", at)
			continue
		}
		right++
	}
	switch keys, files := (counted{right, "key"}), (counted{kept, "file"}); {
	case c.State != CheckOK:
	case right > 0 && kept > 0:
		c.say("%s made of both halves: each would open; %s that you keep: tried not long ago", keys, files)
	case right > 0:
		c.say("%s made of both halves: each would open", keys)
	case kept > 0:
		c.say("%s that you keep: tried not long ago", files)
	}
	return c, nil
}

// keptFor is how long a test vouches for a file that nothing but a test can look
// at.
const keptFor = 90 * day

// kept reports whether a file that the person keeps was tried of late, and says
// what is to be done where it was not.
func (c *Check) kept(tried, now time.Time) bool {
	switch {
	case tried.IsZero():
		c.say("not checked: only you know where the file is that you keep; try it with a test")
	case now.Sub(tried) > keptFor:
		c.say("the file that you keep was last tried on %s; try it again with a test", tried.Format(time.DateOnly))
	default:
		return true
	}
	return false
}

func worse(a, b string) string {
	if severity[b] > severity[a] {
		return b
	}
	return a
}

// checkCloudKey makes one key of its halves. A device needs no password for that.
func (e *Engine) checkCloudKey(ctx context.Context, id account.KeyholderID, files []cloudFile) (opens bool, err error) {
	for _, f := range files {
		defer f.half.Erase()
	}
	for _, f := range files {
		if f.keyholder != id {
			continue
		}
		server, err := e.openCloudHalf(ctx, e.self, f, e.passwordProof(ctx, nil, e.self))
		if err != nil {
			return false, fault.FromServer(err)
		}
		holder, err := f.half.Keyholder(e.self.id, server)
		clear(server)
		if err != nil || holder.ID() != id {
			return false, fault.Broken(fault.PromiseStored, err, "the server hands out another half of a cloud key than the one that it was given")
		}
		holder.Erase()
		return true, nil
	}
	return false, nil
}

// addPlaces fills in where the files of cloud keys are.
func (e *Engine) addPlaces(ctx context.Context, list []Keyholder) error {
	for i := range list {
		if list[i].Kind != account.KindCloud {
			continue
		}
		var err error
		if list[i].Place, err = e.cloudPlaceOf(ctx, list[i].ID); err != nil {
			return err
		}
	}
	return nil
}
