package client

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
)

func itoa(n int) string { return strconv.Itoa(n) }

// witnessRealms are the realms that keep this account's heads: those of its
// PIN.
func (e *Engine) witnessRealms() (account.Keyholder, pinvault.RealmSet, bool) {
	for _, k := range e.self.chain.Keyholders() {
		if k.Kind == account.KindPIN && len(k.Realms.Realms) > 0 {
			return k, vaultRealms(k.Realms), true
		}
	}
	return account.Keyholder{}, pinvault.RealmSet{}, false
}

// writeWitness leaves the newest heads with the realms, after the server has
// acknowledged them (DESIGN 4.8). Realms that cannot be reached hear of the
// next ones.
func (e *Engine) writeWitness(ctx context.Context) error {
	_, set, ok := e.witnessRealms()
	if !ok {
		return nil
	}
	pos, err := e.privatePosition(ctx)
	if err != nil {
		return err
	}
	session, err := e.realmSession(ctx, set, account.KeyholderID{}, pinvault.ActionWriteWitness)
	if err != nil {
		return err
	}
	head := e.self.chain.Head()
	flow, err := pinvault.NewWitnessWrite(set, session, pinvault.Heads{
		Account: pinvault.AccountID(e.self.id), ChainSeq: head.Seq, ChainHash: head.Hash,
		LogSeq: pos.Head.Seq, LogLink: pos.Head.Link, Time: e.cfg.Now().UnixMilli(),
	})
	if err != nil {
		return fault.Failed(err, "the realms cannot be told of the account's heads")
	}
	err = e.runRealms(ctx, set, flow)
	strangers := flow.ShutOut()
	for _, newer := range flow.Newer() {
		ours, err := e.checkHeads(ctx, newer.SignedHeads, set.Realms[newer.Realm])
		if err != nil {
			return err
		}
		if !ours {
			strangers++
		}
	}
	if err := strange(set, strangers); err != nil {
		return err
	}
	if fault.KindOf(err) == fault.KindUnreachable {
		return nil
	}
	return err
}

// checkWitnesses holds the server's chain and private log against what the
// realms have seen, and returns how many independent ones confirm them.
func (e *Engine) checkWitnesses(ctx context.Context) (int, error) {
	_, set, ok := e.witnessRealms()
	if !ok {
		return 0, nil
	}
	session, err := e.realmSession(ctx, set, account.KeyholderID{}, pinvault.ActionReadWitness)
	if err != nil {
		return 0, err
	}
	flow, err := pinvault.NewWitnessRead(set, session, pinvault.AccountID(e.self.id))
	if err != nil {
		return 0, fault.Failed(err, "the realms cannot be asked for the account's heads")
	}
	if err := e.runRealms(ctx, set, flow); err != nil {
		if fault.KindOf(err) == fault.KindUnreachable {
			return 0, nil
		}
		return 0, err
	}
	n, strangers := 0, 0
	for _, w := range flow.Found() {
		ours, err := e.checkHeads(ctx, w.Heads, set.Realms[w.Realm])
		if err != nil {
			return n, err
		}
		if !ours {
			strangers++
		} else if !e.sameOperator(set.Realms[w.Realm].URL) {
			n++
		}
	}
	return n, strange(set, strangers)
}

// strange refuses heads under another guard, which nobody has but the account's
// devices, where so many realms hold such that not all of them can be lying: the
// server has issued a token for them, and they keep the true heads out.
func strange(set pinvault.RealmSet, realms int) error {
	if realms <= len(set.Realms)-set.Threshold {
		return nil
	}
	return fault.Broken(fault.PromiseProved, nil, "the server let a stranger write this account's heads to the realms, so that these cannot confirm anything")
}

// checkHeads refuses a server whose chain or private log lacks what one of the
// account's own devices had seen acknowledged, as a realm shows it. Heads that are not
// under the account's guard, or that none of its devices has signed, are not ours, and
// say nothing.
func (e *Engine) checkHeads(ctx context.Context, h pinvault.SignedHeads, r pinvault.Realm) (ours bool, err error) {
	if h.Guard != e.guard().Key {
		return false, nil
	}
	// Whoever shows this has it from a device of the account, present or removed.
	lacks := func(what string, cause error) error {
		return fault.Broken(fault.PromiseProved, cause, "the server's %s is not the one that the realm %s (key %s…) has seen, signed by a device of this account: the server holds something back. "+
			"If you removed a device that may have told the realm what is not so, leave the realm out: --without-realm %s", what, r.URL, r.Key.String()[:8], r.URL)
	}
	at := account.Head{Seq: h.ChainSeq, Hash: h.ChainHash}
	if at.Seq > e.self.chain.Head().Seq {
		if err := e.refreshSelf(ctx); err != nil {
			return false, err
		}
	}
	if !e.self.chain.Has(at) {
		return false, lacks("account chain", account.ErrFork)
	}
	signer := false
	for _, k := range e.self.chain.KeyholdersAt(at.Seq) {
		signer = signer || k.Kind == account.KindDevice && k.SignatureKey == account.SignatureKey(h.Device)
	}
	if !signer {
		return false, nil
	}
	pos, err := e.privatePosition(ctx)
	if err != nil {
		return false, err
	}
	if h.LogSeq > pos.Head.Seq {
		if err := e.syncPrivate(ctx); err != nil {
			return false, err
		}
		if pos, err = e.privatePosition(ctx); err != nil {
			return false, err
		}
	}
	if h.LogSeq > pos.Head.Seq || h.LogSeq == pos.Head.Seq && h.LogLink != pos.Head.Link {
		return false, lacks("private log", nil)
	}
	return true, nil
}

// leaveOut takes the realms that the person does not want asked out of a session, if
// enough others remain.
func (e *Engine) leaveOut(set pinvault.RealmSet, s *pinvault.Session) error {
	left := len(set.Realms)
	for _, url := range e.leftOut {
		i := slices.IndexFunc(set.Realms, func(r pinvault.Realm) bool { return r.URL == strings.TrimSuffix(url, "/") || r.String() == url })
		if i < 0 {
			return fault.Usage("%s is none of this account's realms", url)
		}
		if s.Tokens[i] != nil {
			s.Tokens[i], left = nil, left-1
		}
	}
	if left < set.Threshold {
		return fault.Usage("without these realms too few remain: %d of %d are needed", set.Threshold, len(set.Realms))
	}
	return nil
}

// sameOperator reports whether a realm is run on the account server's own
// address, and so is no independent witness.
func (e *Engine) sameOperator(realm string) bool {
	at := authority(realm)
	return at != "" && at == authority(e.self.server)
}

// authority is an address's host and port, "" where it has none. (net/url would
// cost the page 6 kB.)
func authority(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return strings.ToLower(rest[strings.LastIndexByte(rest, '@')+1:])
}

// operators counts the independent operators behind a set of realms.
func (e *Engine) operators(set pinvault.RealmSet) int {
	hosts := map[string]bool{}
	for _, r := range set.Realms {
		if at := authority(r.URL); at != "" {
			hosts[at] = true
		}
	}
	return len(hosts)
}
