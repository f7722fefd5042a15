package client

import (
	"context"
	"strings"
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
	c := Check{Name: "cloud", State: CheckOK, Detail: "no key is kept in a cloud"}
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
			if state, detail := keptCheck(tried, e.cfg.Now()); state != CheckOK {
				c.State, c.Detail = worse(c.State, state), detail
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
			c.State, c.Detail = worse(c.State, CheckUnknown), "not checked: "+text+" cannot be reached from here"
			continue
		}
		state, detail, err := e.checkCloudKey(ctx, k.ID, at, files)
		if err != nil {
			return c, err
		}
		if c.State = worse(c.State, state); state != CheckOK {
			c.Detail = detail
			continue
		}
		right++
	}
	if c.State == CheckOK && right+kept > 0 {
		var parts []string
		if right > 0 {
			parts = append(parts, plural(right, "key")+" made of both halves: each would open")
		}
		if kept > 0 {
			parts = append(parts, plural(kept, "file")+" that you keep: tried not long ago")
		}
		c.Detail = strings.Join(parts, "; ")
	}
	return c, nil
}

// keptFor is how long a test vouches for a file that nothing but a test can look
// at.
const keptFor = 90 * day

// keptCheck is what is known of a file that the person keeps.
func keptCheck(tried, now time.Time) (state, detail string) {
	switch {
	case tried.IsZero():
		return CheckUnknown, "not checked: only you know where the file is that you keep; try it with a test"
	case now.Sub(tried) > keptFor:
		return CheckUnknown, "the file that you keep was last tried on " + tried.Format(time.DateOnly) + "; try it again with a test"
	}
	return CheckOK, ""
}

func worse(a, b string) string {
	if severity[b] > severity[a] {
		return b
	}
	return a
}

// checkCloudKey makes one key of its halves. A device needs no password for that.
func (e *Engine) checkCloudKey(ctx context.Context, id account.KeyholderID, at string, files []cloudFile) (state, detail string, err error) {
	for _, f := range files {
		defer f.half.Erase()
	}
	for _, f := range files {
		if f.keyholder != id {
			continue
		}
		server, err := e.openCloudHalf(ctx, e.self, f, e.passwordProof(ctx, nil, e.self))
		if err != nil {
			return "", "", fault.FromServer(err)
		}
		holder, err := f.half.Keyholder(e.self.id, server)
		clear(server)
		if err != nil || holder.ID() != id {
			return "", "", fault.Broken(fault.PromiseStored, err, "the server hands out another half of a cloud key than the one that it was given")
		}
		holder.Erase()
		return CheckOK, "", nil
	}
	return CheckDegraded, "the key in " + at + " is gone or damaged: make a new one with recovery add cloud", nil
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
