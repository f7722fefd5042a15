package disclose

import (
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/mls/syntax"
	"github.com/coffer-chat/coffer/server/store"
)

const (
	logPage      = 256
	logPageBytes = 4 << 20
	indexPage    = 256
)

// account reads what stands under the account's own key.
func (c *collector) account(row store.HandleRow) error {
	i := Identity{Handle: row.Handle, Claimed: at(row.ClaimedMS)}
	c.d.Identity.Count = 1
	c.d.Identity.Bytes = int64(len(row.Handle)+len(row.Account)) + 8
	err := c.store.ViewAccount(c.ctx, c.id, func(v store.AccountView) error {
		a, err := v.Account()
		if errors.Is(err, store.ErrNotFound) {
			return nil // reserved only
		}
		if err != nil {
			return err
		}
		i.Registered, i.Change = at(a.CreatedMS), a.Change
		c.d.Identity.Bytes += int64(len(a.ID)+len(a.Handle)+len(a.Log.Head.Link)) + 5*8
		for _, read := range []func(store.AccountView) error{
			c.readChain, c.sealedRoots, c.sessions, c.links, c.pinRecords, c.cloudRecords, c.keyPackages, c.privateLog, c.readIndex, c.closing, c.pushSubscriptions, c.reports, c.resets,
		} {
			if err := read(v); err != nil {
				return err
			}
		}
		c.password(a.Password)
		return nil
	})
	if err != nil {
		return fmt.Errorf("disclose: %w", err)
	}
	c.d.Identity.List = []Identity{i}
	return nil
}

func (c *collector) readChain(v store.AccountView) error {
	data, err := v.Chain(1, account.MaxChain)
	if err != nil {
		return err
	}
	if c.chain, err = account.ParseChain(data); err != nil {
		return err
	}
	c.d.Host = string(c.chain.Host())
	s := &c.d.Chain
	s.Count = len(data)
	for i, e := range c.chain.Entries(0) {
		out := ChainEntry{
			Seq: e.Seq, Kind: e.Type().String(), Time: at(e.Time), Signer: e.Signer.String(),
			Bytes: int64(len(data[i])), Reveals: entryReveals[e.Type()],
		}
		switch b := e.Body.(type) {
		case *account.Genesis:
			out.Added, out.VaultEpoch = b.Keyholder.Public.ID().String(), b.Opening.Number
		case *account.Add:
			out.Added, out.Realms = b.Keyholder.Public.ID().String(), realmURLs(b.Keyholder.Realms)
		case *account.Recover:
			out.Added = b.Keyholder.Public.ID().String()
		case *account.Remove:
			for _, r := range b.Removals {
				out.Removed = append(out.Removed, r.Keyholder.String())
			}
			out.VaultEpoch = b.Opening.Number
		case *account.Rotate:
			out.VaultEpoch = b.Opening.Number
		case *account.VaultSwitch:
			out.VaultEpoch = b.Opening.Number
		case *account.Realms:
			out.Realms = realmURLs(b.Set)
		}
		s.Bytes += out.Bytes
		s.List = append(s.List, out)
	}
	c.keyholders()
	return nil
}

func (c *collector) keyholders() {
	s := &c.d.Keyholders
	for _, k := range c.chain.AllKeyholders() {
		out := Keyholder{
			ID: k.ID.String(), Kind: k.Kind.String(), Added: at(k.AddedTime), AddedBy: k.AddedBy.String(),
			Name: "encrypted", NameBytes: len(k.SealedName), Realms: realmURLs(k.Realms), Threshold: int(k.Realms.Threshold),
		}
		if !k.Active() {
			out.Removed, out.Reason = at(c.chain.Entry(k.RemovedSeq).Time), reason(k.Removal.Reason)
		}
		s.List = append(s.List, out)
	}
	s.Count = len(s.List)
}

func realmURLs(set account.RealmSet) (out []string) {
	for _, r := range set.Realms {
		out = append(out, r.URL)
	}
	return out
}

func (c *collector) sealedRoots(v store.AccountView) error {
	list, err := v.SealedRoots(account.KeyholderID{}, 0)
	s := &c.d.SealedRoots
	for _, r := range list {
		n := int64(len(r.Sealed))
		s.Count, s.Bytes = s.Count+1, s.Bytes+n
		s.List = append(s.List, SealedRoot{VaultEpoch: r.VaultEpoch, Keyholder: r.Keyholder.String(), Bytes: n})
	}
	return err
}

func (c *collector) sessions(v store.AccountView) error {
	list, err := v.Sessions()
	if err != nil {
		return err
	}
	s := &c.d.Sessions
	for _, row := range list {
		out := Session{Recovery: row.Restricted, Opened: at(row.CreatedMS), Expires: at(row.ExpiresMS)}
		if !row.Keyholder.IsZero() {
			out.Keyholder = row.Keyholder.String()
		}
		s.Count, s.Bytes = s.Count+1, s.Bytes+int64(len(row.Hash)+len(row.Keyholder))+17
		s.List = append(s.List, out)
	}
	c.d.SignIns.Count, err = v.NonceCount()
	c.d.SignIns.Bytes = int64(c.d.SignIns.Count) * (account.MinNonce + 8)
	return err
}

func (c *collector) password(p *store.Password) {
	if p == nil {
		return
	}
	out := Password{Set: at(p.SetMS), Stretched: "unknown"}
	if k, err := account.ParsePasswordParameters(p.Parameters); err == nil {
		out.Stretched = fmt.Sprintf("Argon2id, %d MiB, %d passes", k.MemoryKiB>>10, k.Time)
	}
	c.d.Password.Count = 1
	c.d.Password.Bytes = int64(len(p.Parameters)+len(p.Salt)+len(p.Verifier)) + 8
	c.d.Password.List = []Password{out}
}

// pinRecords reads the realms in the records; the check value stays unshown.
func (c *collector) pinRecords(v store.AccountView) error {
	list, err := v.PinRecords()
	s := &c.d.PINRecords
	for _, row := range list {
		n := int64(len(row.Record))
		out := PINRecord{Keyholder: row.Keyholder.String(), Bytes: n}
		if set, err := pinvault.ParseRealmSet(syntax.NewReader(row.Record).Opaque()); err == nil {
			out.Threshold = set.Threshold
			for _, r := range set.Realms {
				out.Realms = append(out.Realms, r.URL)
			}
		}
		s.Count, s.Bytes = s.Count+1, s.Bytes+n
		s.List = append(s.List, out)
	}
	return err
}

// cloudRecords counts the halves; they stay unshown.
func (c *collector) cloudRecords(v store.AccountView) error {
	list, err := v.CloudRecords()
	s := &c.d.CloudRecords
	for _, row := range list {
		n := int64(len(row.Record))
		out := CloudRecord{Keyholder: row.Keyholder.String(), Bytes: n}
		if r, err := account.ParseCloudRecord(row.Record); err == nil {
			out.Password = r.Password
		}
		s.Count, s.Bytes = s.Count+1, s.Bytes+n
		s.List = append(s.List, out)
	}
	return err
}

func (c *collector) keyPackages(v store.AccountView) error {
	list, err := v.KeyPackages()
	s := &c.d.KeyPackages
	for _, k := range list {
		device := k.Device.String()
		if n := len(s.List); n == 0 || s.List[n-1].Device != device || s.List[n-1].Suite != k.Suite {
			s.List = append(s.List, KeyPackages{Device: device, Suite: k.Suite})
		}
		out := &s.List[len(s.List)-1]
		n := int64(len(k.Data))
		out.Count, out.Bytes = out.Count+1, out.Bytes+n
		s.Count, s.Bytes = s.Count+1, s.Bytes+n
		if k.LastResort {
			out.LastResort++
		}
		if t := at(k.NotAfterMS); t.After(out.NotAfter) {
			out.NotAfter = t
		}
	}
	return err
}

func (c *collector) privateLog(v store.AccountView) error {
	s := &c.d.PrivateLog
	for from := uint64(1); ; {
		list, err := v.PrivateLog(from, logPage, logPageBytes)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := c.count(len(list)); err != nil {
			return err
		}
		for _, data := range list {
			e, err := privatelog.ParseEntry(data)
			if err != nil {
				return err
			}
			n := int64(len(data))
			s.Count, s.Bytes = s.Count+1, s.Bytes+n
			s.List = append(s.List, LogEntry{
				Seq: e.Seq, Device: e.Device.String(), Time: at(e.Time), VaultEpoch: e.VaultEpoch, Bytes: n,
			})
		}
		from += uint64(len(list))
	}
}

func (c *collector) readIndex(v store.AccountView) error {
	var after store.ConversationIndex
	for {
		list, err := v.ByActivity(after, indexPage)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := c.count(len(list)); err != nil {
			return err
		}
		c.index = append(c.index, list...)
		after = list[len(list)-1]
	}
}
