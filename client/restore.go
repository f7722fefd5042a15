package client

import (
	"context"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// RestoreOptions say which account to bring back, and by what.
type RestoreOptions struct {
	Server, Handle string
	// PIN needs Password beside it; Code stands alone. Cloud is the place of a
	// cloud key, which may want Password.
	PIN, Password []byte
	Code, Cloud   string
	// CloudFile is the content of a cloud key's file instead of its place; Passkey
	// is what a passkey's PRF gave for PasskeyTermsOf.
	CloudFile, Passkey []byte
	// WaitAll waits until everything is here; otherwise Restore returns when
	// the newest conversation is, and Sync brings the rest.
	WaitAll bool
	// Lost names devices, by id or what is unique of it, that the person no
	// longer has; LostAll means all others. They are removed from the account.
	Lost    []string
	LostAll bool
	// BeforeReset restores the account that had the handle before it was reset, to
	// be read.
	BeforeReset bool
	// WithoutRealms are addresses of realms that are not to be asked: those that lie,
	// as the person knows.
	WithoutRealms []string
}

// Restore brings an account back on this device.
func (e *Engine) Restore(ctx context.Context, o RestoreOptions) (*Restored, error) {
	report := &Restored{AsOf: e.cfg.Now()}
	err := e.locked(ctx, func() error {
		e.leftOut = o.WithoutRealms
		defer func() { e.leftOut = nil }()
		start := e.cfg.Now()
		known := start // when the secret was
		if e.self == nil {
			var err error
			if known, err = e.unlock(ctx, o, report); err != nil {
				return err
			}
		} else if err := e.sameAccount(o); err != nil {
			return err
		} else {
			report.Resumed = true
		}
		report.Account, report.Handle = e.self.id, string(e.self.handle)
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		if err := e.removeLost(ctx, o); err != nil {
			return err
		}
		report.Keyholders = e.keyholders(func(k account.Kind) bool { return !k.IsRecovery() })
		if err := e.confirmHeads(ctx, report); err != nil {
			return err
		}
		if err := e.restoreConversations(ctx, o.WaitAll, known, report); err != nil {
			return err
		}
		if err := e.refreshKeyPackages(ctx); err != nil { // others need them, the first screen does not
			return err
		}
		report.Total = e.cfg.Now().Sub(start)
		return nil
	})
	return report, err
}

// sameAccount lets a restore that was cut short go on.
func (e *Engine) sameAccount(o RestoreOptions) error {
	if string(e.self.handle) != strings.ToLower(o.Handle) {
		return fault.Usage("this home already holds the account of %s; choose another with --home", e.self.handle)
	}
	return nil
}

// unlock gets from what the person typed to the vault roots, makes this device a
// keyholder and stores it. It returns when the recovery secret was known.
func (e *Engine) unlock(ctx context.Context, o RestoreOptions, report *Restored) (known time.Time, err error) {
	start := e.cfg.Now()
	if err := e.mayTake(ctx, o.Handle); err != nil {
		return known, err
	}
	handle, err := account.ParseHandle(strings.ToLower(o.Handle))
	if err != nil {
		return known, fault.Usage("%q is no handle", o.Handle)
	}
	info, err := e.serverInfo(ctx, o.Server)
	if err != nil {
		return known, err
	}
	s := &self{server: o.Server, serverKey: info.ServerKey, handle: handle}
	if s.host, err = account.ParseHost(info.Host); err != nil {
		return known, fault.Failed(err, "the server names a host that cannot be")
	}
	if o.BeforeReset {
		if s.id, err = e.former(ctx, s); err != nil {
			return known, err
		}
		s.former = true
	}
	holder, pin, err := e.recoverHolder(ctx, o, s)
	if err != nil {
		return known, err
	}
	defer holder.Erase()
	defer pin.erase()
	known = e.cfg.Now()
	if s.roots, err = e.openRoots(ctx, wire.AccountClient{Doer: e.transport}, s.chain, holder); err != nil {
		return known, err
	}
	s.root = s.roots.Current().Bytes()
	report.Unlock = e.cfg.Now().Sub(start)
	if err := e.joinAccount(ctx, s, holder); err != nil {
		return known, err
	}
	if err := e.signInDevice(ctx, s); err != nil {
		return known, err
	}
	e.self = s
	return known, e.guardAgain(ctx, pin)
}

// recoverHolder derives the recovery method's keys, opens a session and
// fetches the chain, which must contain exactly these keys: so a server cannot
// hand us another account (DESIGN 4.8).
func (e *Engine) recoverHolder(ctx context.Context, o RestoreOptions, s *self) (*account.KeyholderSecret, *openedPIN, error) {
	if o.Code != "" {
		holder, err := e.recoverByCode(ctx, o.Code, s)
		return holder, nil, err
	}
	if len(o.Passkey) > 0 {
		holder, err := e.recoverByPasskey(ctx, o.Passkey, s)
		return holder, nil, err
	}
	if o.Cloud != "" || len(o.CloudFile) > 0 {
		holder, err := e.recoverByCloud(ctx, o, s)
		return holder, nil, err
	}
	pin, err := e.recoverByPIN(ctx, o, s)
	if err != nil {
		return nil, nil, err
	}
	return pin.holder, pin, nil
}

func (e *Engine) recoverByCode(ctx context.Context, code string, s *self) (*account.KeyholderSecret, error) {
	if err := e.resolveOwn(ctx, s); err != nil {
		return nil, err
	}
	holder, err := e.codeKeyholder(code, s.id)
	if err != nil {
		return nil, err
	}
	return e.prove(ctx, s, holder, "this code")
}

// resolveOwn asks the server which account the handle is. What it answers is
// proved by the keys that the chain must contain.
func (e *Engine) resolveOwn(ctx context.Context, s *self) error {
	if s.former {
		return nil // the one before a reset
	}
	r, err := wire.AccountClient{Doer: e.transport}.Resolve(ctx, &wire.ResolveRequest{Handle: string(s.handle)})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
		return fault.Refused("there is no %s on this server", s.handle)
	}
	if err != nil {
		return fault.FromServer(err)
	}
	if len(r.Account) != len(s.id) {
		return fault.Broken(fault.PromiseProved, nil, "the server sent an account id that cannot be")
	}
	s.id = account.ID(r.Account)
	return nil
}

// prove signs in with a recovery method's keys and fetches the chain, which must
// contain them. what names them for people, such as "this code".
func (e *Engine) prove(ctx context.Context, s *self, holder *account.KeyholderSecret, what string) (*account.KeyholderSecret, error) {
	if err := e.signIn(ctx, holder, s.id, s.host); err != nil {
		if fault.KindOf(err) == fault.KindRefused {
			return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: what + " does not belong to this account, or is no longer a way into it", Err: err}
		}
		return nil, err
	}
	if err := e.fetchOwnChain(ctx, s); err != nil {
		return nil, err
	}
	if !contains(s.chain, holder) {
		return nil, fault.Broken(fault.PromiseProved, nil, "the server handed out an account that %s is no way into", what)
	}
	return holder, nil
}

func (e *Engine) recoverByPIN(ctx context.Context, o RestoreOptions, s *self) (*openedPIN, error) {
	if len(o.Password) == 0 {
		return nil, fault.Usage("a PIN needs the sign-in password beside it")
	}
	e.cfg.Progress(Progress{Task: "stretch", Total: 2})
	name := s.signInName()
	stretched, err := e.stretchFor(ctx, o.Password, s.host, s.handle, name)
	if err != nil {
		return nil, err
	}
	defer stretched.Erase()
	client := wire.AccountClient{Doer: e.transport}
	r, err := client.SignInPassword(ctx, &wire.SignInPasswordRequest{Handle: name, Stretched: stretched.AuthKey()})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindWrongPassword {
		return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: "wrong handle or password"}
	}
	if err != nil {
		return nil, fault.FromServer(err)
	}
	if len(r.Account) != len(s.id) {
		return nil, fault.Broken(fault.PromiseProved, nil, "the server sent an account id that cannot be")
	}
	e.session.set(r.Token, r.ExpiresMs)
	s.id = account.ID(r.Account)
	if err := e.fetchOwnChain(ctx, s); err != nil {
		return nil, err
	}
	k, set, err := e.pinRecord(ctx, s, stretched)
	if err != nil {
		return nil, err
	}
	open, err := e.openPIN(ctx, o.PIN, s.id, k, set)
	if err != nil {
		return nil, waysLeft(err, s.chain)
	}
	if !contains(s.chain, open.holder) {
		return nil, fault.Broken(fault.PromiseProved, nil, "the server handed out an account that this PIN is no way into")
	}
	return open, nil
}

// pinRecord finds the account's PIN and checks, before any realm sees anything
// of it, that its realms are the ones that were set (DESIGN 7.2).
func (e *Engine) pinRecord(ctx context.Context, s *self, stretched *account.StretchedPassword) (account.Keyholder, pinvault.RealmSet, error) {
	r, err := wire.AccountClient{Doer: e.transport}.GetPinRecords(ctx, &wire.GetPinRecordsRequest{})
	if err != nil {
		return account.Keyholder{}, pinvault.RealmSet{}, fault.FromServer(err)
	}
	for _, record := range r.PinRecords {
		if len(record.Keyholder) != len(account.KeyholderID{}) {
			continue
		}
		k, ok := s.chain.Keyholder(account.KeyholderID(record.Keyholder))
		if !ok || !k.Active() || k.Kind != account.KindPIN {
			continue
		}
		rd := syntax.NewReader(record.Record)
		set, err := pinvault.ParseRealmSet(rd.Opaque())
		mac := rd.Fixed(32)
		if rd.Done() != nil || err != nil || !sameRealms(k.Realms, set) ||
			set.VerifyMAC(macKey(stretched), pinvault.AccountID(s.id), pinvault.RecoveryID(k.ID), mac) != nil {
			return k, set, fault.Broken(fault.PromiseEncrypted, err, "the server names other realms for the PIN than those that were set; nothing of the PIN was shown to anybody")
		}
		return k, set, nil
	}
	return account.Keyholder{}, pinvault.RealmSet{}, fault.Usage("this account has no PIN; use its recovery code")
}

// fetchOwnChain fetches and verifies the account's chain from genesis.
func (e *Engine) fetchOwnChain(ctx context.Context, s *self) error {
	r, err := wire.AccountClient{Doer: e.transport}.GetChain(ctx, &wire.GetChainRequest{Account: s.id[:], FromSeq: 1})
	if err != nil {
		return fault.FromServer(err)
	}
	c, err := account.ParseChain(r.Entries)
	if err != nil || c.ID() != s.id || c.Handle() != s.handle || c.Host() != s.host {
		return fault.Broken(fault.PromiseProved, err, "the server sent an account chain that does not verify")
	}
	s.chain = c
	return nil
}

// joinAccount has the recovery method add this device to the account. The
// device's keys are on disk before the server hears of them.
func (e *Engine) joinAccount(ctx context.Context, s *self, holder *account.KeyholderSecret) error {
	var err error
	if s.device, err = e.pendingDevice(ctx, s); err != nil {
		return err
	}
	for range 5 {
		if s.chain.ActiveAt(s.device.ID(), s.chain.Head().Seq) {
			return nil
		}
		author := account.Author{Secret: holder, Time: e.cfg.Now(), LogHead: s.chain.LogHead()}
		u, err := s.chain.Recover(e.cfg.Rand, author, s.roots, s.device.Join(s.id, e.cfg.DeviceName, account.RealmSet{}))
		if err != nil {
			return fault.Failed(err, "the account takes no further device")
		}
		err = e.postChain(ctx, wire.AccountClient{Doer: e.transport}, u)
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindStale {
			if err := e.fetchOwnChain(ctx, s); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fault.FromServer(err)
		}
		s.take(u)
		return nil
	}
	return fault.Failed(nil, "the account keeps changing; try again")
}

// pendingDevice draws this device's keys, or takes up those of an attempt for
// the same account that was cut short.
func (e *Engine) pendingDevice(ctx context.Context, s *self) (*account.KeyholderSecret, error) {
	v, err := e.get(ctx, keyPending)
	if err != nil {
		return nil, err
	}
	r := syntax.NewReader(v)
	id, secret := r.Fixed(len(s.id)), r.Opaque()
	if v != nil && r.Done() == nil && string(id) == string(s.id[:]) {
		if d, err := account.ParseKeyholderSecret(secret); err == nil {
			return d, nil
		}
	}
	d, err := account.GenerateKeyholder(e.cfg.Rand)
	if err != nil {
		return nil, fault.Failed(err, "no randomness")
	}
	var b store.Batch
	b.Set(keyPending.Bytes(), syntax.AppendOpaque(append([]byte(nil), s.id[:]...), d.Bytes()))
	b.Delete(keyAwaited.Bytes()) // of what has lapsed
	return d, e.apply(ctx, &b)
}

// signInDevice opens this device's own session and stores the account.
func (e *Engine) signInDevice(ctx context.Context, s *self) error {
	if err := e.signIn(ctx, s.device, s.id, s.host); err != nil {
		return err
	}
	var b store.Batch
	setSelf(&b, s)
	setChain(&b, s.chain)
	e.pinContact(&b, s.handle, s.id)
	b.Delete(keyPending.Bytes())
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	if err := e.saveSession(ctx); err != nil {
		return err
	}
	return e.keepChain(s.chain)
}

// removeLost removes the devices that the person no longer has. Without an
// answer it removes nobody.
func (e *Engine) removeLost(ctx context.Context, o RestoreOptions) error {
	var ids []account.KeyholderID
	devices := e.keyholders(func(k account.Kind) bool { return !k.IsRecovery() })
	for _, k := range devices {
		if o.LostAll && !k.This {
			ids = append(ids, k.ID)
		}
	}
	for _, text := range o.Lost {
		k, err := findKeyholder(devices, text)
		if err != nil {
			return err
		}
		if k.This {
			return fault.Usage("this is the device you are on")
		}
		ids = append(ids, k.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	return e.removeKeyholders(ctx, account.ReasonLost, ids)
}

// confirmHeads asks the realms which heads they have seen (DESIGN 4.8).
func (e *Engine) confirmHeads(ctx context.Context, report *Restored) error {
	n, err := e.checkWitnesses(ctx)
	if err != nil {
		return err
	}
	report.ConfirmedBy, report.Witnesses = confirmedBy(n), n
	return nil
}

func confirmedBy(witnesses int) string {
	if witnesses == 0 {
		return "nobody but the server"
	}
	return plural(witnesses, "realm")
}

// RemoveDevices removes devices that the person says are lost; restore asks.
func (e *Engine) RemoveDevices(ctx context.Context, ids []string) error {
	return e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		return e.removeLost(ctx, RestoreOptions{Lost: ids})
	})
}
