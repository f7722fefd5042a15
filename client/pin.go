package client

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// PINOptions say how to guard the account by a PIN.
type PINOptions struct {
	// PIN has six characters or more; trivial ones are refused.
	PIN []byte
	// Password is the sign-in password, which a fresh device needs beside the
	// PIN. It replaces an earlier one. It must differ from the PIN.
	Password []byte
	// Realms are URL#KEY; none takes those that the server proposes.
	Realms []string
	// Threshold is how many realms must work together; 0 is more than half.
	Threshold int
}

// AddPIN guards a new recovery secret by a PIN at the realms, and adds it as a
// way back in; an earlier PIN is removed.
func (e *Engine) AddPIN(ctx context.Context, o PINOptions) (Keyholder, error) {
	var out Keyholder
	err := e.withAccount(ctx, func() error {
		pin, err := pinvault.CheckPIN(string(o.PIN))
		if err != nil {
			return &fault.Error{Kind: fault.KindUsage, Message: pinAdvice(err)}
		}
		if len(o.Password) == 0 {
			return fault.Usage("a PIN needs a sign-in password beside it, so that strangers cannot use up your guesses")
		}
		if pin.Is(string(o.Password)) {
			return fault.Usage("password and PIN must differ")
		}
		set, err := e.realmSet(ctx, o)
		if err != nil {
			return err
		}
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		out, err = e.registerPIN(ctx, pin, o.Password, set)
		return err
	})
	return out, err
}

func pinAdvice(err error) string {
	switch {
	case errors.Is(err, pinvault.ErrPINShort):
		return "a PIN has at least 6 characters; letters are welcome"
	case errors.Is(err, pinvault.ErrPINTrivial):
		return "this PIN is among the first that anybody would try; choose another"
	}
	return "this PIN cannot be used: " + err.Error()
}

// realmSet is the realms to use, from the options or the server's proposal.
func (e *Engine) realmSet(ctx context.Context, o PINOptions) (pinvault.RealmSet, error) {
	set := pinvault.RealmSet{Threshold: o.Threshold, Stretch: pinvault.DefaultStretch}
	for _, text := range o.Realms {
		r, err := pinvault.ParseRealm(text)
		if err != nil {
			return set, fault.Usage("a realm is URL#KEY, as its operator tells it")
		}
		set.Realms = append(set.Realms, r)
	}
	if len(set.Realms) == 0 {
		info, err := wire.AccountClient{Doer: e.transport}.ServerInfo(ctx, &wire.ServerInfoRequest{})
		if err != nil {
			return set, fault.FromServer(err)
		}
		for _, r := range info.Realms {
			if len(r.Key) != 32 {
				return set, fault.Failed(nil, "the server proposes a realm without a key")
			}
			set.Realms = append(set.Realms, pinvault.Realm{URL: r.Url, Key: pinvault.PublicKey(r.Key)})
		}
		if set.Threshold == 0 {
			set.Threshold = int(info.RealmThreshold)
		}
	}
	if set.Threshold == 0 {
		set.Threshold = len(set.Realms)/2 + 1
	}
	if err := set.Check(); err != nil {
		return set, fault.Usage("these realms cannot guard a PIN: %v", err)
	}
	return set, nil
}

// registerPIN registers the new, appends to the chain, then deletes the old.
func (e *Engine) registerPIN(ctx context.Context, pin pinvault.PIN, password []byte, set pinvault.RealmSet) (Keyholder, error) {
	old := e.keyholders(func(k account.Kind) bool { return k == account.KindPIN })
	secret, err := pinvault.NewSecret(e.cfg.Rand)
	if err != nil {
		return Keyholder{}, fault.Failed(err, "no randomness")
	}
	defer secret.Erase()
	b := secret.Bytes()
	defer clear(b[:])
	holder, err := account.DeriveKeyholder(b[:], e.self.id, account.KindPIN)
	if err != nil {
		return Keyholder{}, fault.Failed(err, "the PIN's keys cannot be derived")
	}
	defer holder.Erase()

	e.cfg.Progress(Progress{Task: "stretch", Total: 2})
	mac, err := e.passwordMAC(ctx, password, set, holder.ID())
	if err != nil {
		return Keyholder{}, err
	}
	stretched, err := pinvault.StretchPIN(pin, set.Stretch, pinvault.AccountID(e.self.id), pinvault.RecoveryID(holder.ID()))
	if err != nil {
		return Keyholder{}, fault.Failed(err, "the PIN cannot be stretched")
	}
	defer stretched.Erase()
	e.cfg.Progress(Progress{Task: "stretch", Done: 2, Total: 2})

	session, err := e.realmSession(ctx, set, holder.ID(), pinvault.ActionRegister)
	if err != nil {
		return Keyholder{}, err
	}
	flow, err := pinvault.NewRegistration(e.cfg.Rand, set, session, pinvault.AccountID(e.self.id), pinvault.RecoveryID(holder.ID()), stretched, secret)
	if err != nil {
		return Keyholder{}, fault.Failed(err, "the PIN cannot be registered")
	}
	if err := e.runRealms(ctx, set, flow); err != nil {
		return Keyholder{}, err
	}
	id := holder.ID()
	record := pinRecordOf(set, mac)
	if _, err := e.account().PutPinRecord(ctx, &wire.PutPinRecordRequest{PinRecord: &wire.PinRecord{Keyholder: id[:], Record: record}}); err != nil {
		return Keyholder{}, fault.FromServer(err)
	}
	k, err := e.addKeyholder(ctx, holder, "PIN", chainRealms(set))
	if err != nil {
		return Keyholder{}, err
	}
	return k, e.replacePIN(ctx, old)
}

// replacePIN removes earlier PINs, from the chain first.
func (e *Engine) replacePIN(ctx context.Context, old []Keyholder) error {
	if len(old) == 0 {
		return nil
	}
	var ids []account.KeyholderID
	for _, k := range old {
		ids = append(ids, k.ID)
	}
	sets := map[account.KeyholderID]account.RealmSet{}
	for _, id := range ids {
		if k, ok := e.self.chain.Keyholder(id); ok {
			sets[id] = k.Realms
		}
	}
	if err := e.removeKeyholders(ctx, account.ReasonLost, ids); err != nil {
		return err
	}
	for _, id := range ids {
		// A realm that cannot be reached keeps shares of a secret that opens
		// nothing any more: the chain has removed the keyholder.
		if err := e.deletePIN(ctx, id); err != nil && fault.KindOf(err) != fault.KindUnreachable {
			return err
		}
	}
	return nil
}

// deletePIN erases a registration at its realms.
func (e *Engine) deletePIN(ctx context.Context, id account.KeyholderID) error {
	k, ok := e.self.chain.Keyholder(id)
	if !ok {
		return nil
	}
	set := vaultRealms(k.Realms)
	session, err := e.realmSession(ctx, set, id, pinvault.ActionDelete)
	if err != nil {
		return err
	}
	flow, err := pinvault.NewDeletion(set, session, pinvault.AccountID(e.self.id), pinvault.RecoveryID(id))
	if err != nil {
		return fault.Failed(err, "the PIN cannot be deleted at its realms")
	}
	return e.runRealms(ctx, set, flow)
}

// passwordMAC makes the MAC by which a fresh device knows the right realms
// (DESIGN 7.2). A password that is already the account's stays as it is, so
// that an earlier PIN goes on working until the new one is in the chain.
func (e *Engine) passwordMAC(ctx context.Context, password []byte, set pinvault.RealmSet, id account.KeyholderID) ([32]byte, error) {
	s, err := e.stretch(ctx, password, e.self.host, e.self.handle)
	if err != nil {
		return [32]byte{}, err
	}
	defer func() { s.Erase() }()
	_, err = wire.AccountClient{Doer: e.transport}.SignInPassword(ctx, &wire.SignInPasswordRequest{Handle: string(e.self.handle), Stretched: s.AuthKey()})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindWrongPassword {
		s.Erase()
		s, err = e.newPassword(ctx, password)
	}
	if err != nil {
		return [32]byte{}, fault.FromServer(err)
	}
	return set.MAC(macKey(s), pinvault.AccountID(e.self.id), pinvault.RecoveryID(id)), nil
}

// stretch stretches a password with the parameters that the server holds for
// the handle.
func (e *Engine) stretch(ctx context.Context, password []byte, host account.Host, handle account.Handle) (*account.StretchedPassword, error) {
	return e.stretchFor(ctx, password, host, handle, string(handle))
}

// stretchFor does so for the account that the server knows by a name.
func (e *Engine) stretchFor(ctx context.Context, password []byte, host account.Host, handle account.Handle, name string) (*account.StretchedPassword, error) {
	r, err := wire.AccountClient{Doer: e.transport}.PasswordParameters(ctx, &wire.PasswordParametersRequest{Handle: name})
	if err != nil {
		return nil, fault.FromServer(err)
	}
	p, err := account.ParsePasswordParameters(r.Parameters)
	if err == nil {
		err = p.Check()
	}
	if err != nil {
		return nil, fault.Broken(fault.PromiseEncrypted, err, "the server asks for a weak stretching of the password")
	}
	s, err := account.StretchPassword(password, p, host, handle, r.Salt)
	if err != nil {
		return nil, fault.Usage("this password cannot be used: %v", err)
	}
	return s, nil
}

func macKey(s *account.StretchedPassword) pinvault.MACKey {
	key := s.RealmKey()
	defer clear(key)
	return pinvault.MACKeyFromPassword([32]byte(key))
}

// realmSession fetches a token for each realm.
func (e *Engine) realmSession(ctx context.Context, set pinvault.RealmSet, id account.KeyholderID, action pinvault.Action) (pinvault.Session, error) {
	public, private, err := ed25519.GenerateKey(e.cfg.Rand)
	if err != nil {
		return pinvault.Session{}, fault.Failed(err, "no randomness")
	}
	s := pinvault.Session{Client: private, Tokens: make([][]byte, len(set.Realms))}
	if action.NeedsDevice() {
		device := e.self.device
		s.Device = &pinvault.DeviceSigner{
			Key:  pinvault.PublicKey(device.SignatureKey()),
			Sign: func(m []byte) ([]byte, error) { return device.SignRealmRequest(m), nil },
		}
		s.Guard = e.guard()
	}
	var registration []byte // heads are the account's, of no registration
	if !id.IsZero() {
		registration = id[:]
	}
	for i, r := range set.Realms {
		answer, err := e.account().RealmToken(ctx, &wire.RealmTokenRequest{
			RealmKey: r.Key[:], Registration: registration, Action: uint32(action), ClientKey: public,
		})
		if err != nil {
			return pinvault.Session{}, fault.FromServer(err)
		}
		s.Tokens[i] = answer.Token
	}
	return s, e.leaveOut(set, &s)
}

// runRealms drives a flow and turns its outcome into an error for people.
func (e *Engine) runRealms(ctx context.Context, set pinvault.RealmSet, flow pinvault.Flow) error {
	err := pinvault.Run(flow, allAtOnce, func(realm int, request []byte) ([]byte, error) {
		return e.cfg.Realm(ctx, set.Realms[realm].URL, request)
	})
	return fromRealms(err, faulty(set, flow))
}

func fromRealms(err error, blame string) error {
	var wrong *pinvault.WrongPINError
	var few *pinvault.TooFewError
	var soon *pinvault.TooSoonError
	zero := 0
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		message := "wrong PIN"
		if wrong.GuessesLeft == 0 {
			message = "wrong PIN, and that was the last guess"
		}
		return &fault.Error{Kind: fault.KindWrongSecret, GuessesLeft: &wrong.GuessesLeft, Message: message}
	case errors.Is(err, pinvault.ErrLocked):
		return &fault.Error{Kind: fault.KindLocked, GuessesLeft: &zero, Message: "the PIN is used up"}
	case errors.Is(err, pinvault.ErrNotRegistered):
		return &fault.Error{Kind: fault.KindLocked, GuessesLeft: &zero, Message: "the realms no longer hold this PIN"}
	case errors.As(err, &few):
		message := "too few realms can be reached; no guess was used, try again later" + blame
		if few.Guessed {
			message = "too few realms answered as they should; try again later" + blame
		}
		return &fault.Error{Kind: fault.KindUnreachable, Message: message, Err: err}
	case errors.As(err, &soon):
		return fault.Refused("the realms ask to wait %s before the next guess", lasting(soon.Wait.Round(time.Second)))
	}
	return fault.Failed(err, "the realms")
}

// allAtOnce runs each call on a goroutine of its own: they wait for networks.
func allAtOnce(n int, f func(i int)) {
	done := make(chan struct{})
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			f(i)
		}()
	}
	for range n {
		<-done
	}
}

// testPIN tries a PIN of this account.
func (e *Engine) testPIN(ctx context.Context, typed []byte) (*account.KeyholderSecret, error) {
	for _, k := range e.self.chain.Keyholders() {
		if k.Kind == account.KindPIN {
			open, err := e.openPIN(ctx, typed, e.self.id, k, vaultRealms(k.Realms))
			if noted := e.noteSpent(ctx, k.ID, err); noted != nil {
				open.erase()
				return nil, noted
			}
			if err != nil {
				return nil, err
			}
			defer open.erase()
			return open.holder, e.guardAgain(ctx, open)
		}
	}
	return nil, fault.Usage("this account has no PIN; recovery add pin makes one")
}

// openedPIN is what a right PIN gave.
type openedPIN struct {
	pin    pinvault.PIN
	set    pinvault.RealmSet
	secret pinvault.Secret
	holder *account.KeyholderSecret
	// degraded says that a realm lacks its share, or came back from a backup.
	degraded bool
}

func (o *openedPIN) erase() {
	if o != nil {
		o.secret.Erase()
	}
}

// guardAgain registers a secret anew, under the PIN just typed, where a realm
// had missed it: it needs a device (DESIGN 7.4). A realm that still cannot be
// reached waits for the next time.
func (e *Engine) guardAgain(ctx context.Context, o *openedPIN) error {
	if o == nil || !o.degraded {
		return nil
	}
	id := o.holder.ID()
	stretched, err := pinvault.StretchPIN(o.pin, o.set.Stretch, pinvault.AccountID(e.self.id), pinvault.RecoveryID(id))
	if err != nil {
		return fault.Failed(err, "the PIN cannot be stretched")
	}
	defer stretched.Erase()
	session, err := e.realmSession(ctx, o.set, id, pinvault.ActionRegister)
	if err != nil {
		return err
	}
	flow, err := pinvault.NewRegistration(e.cfg.Rand, o.set, session, pinvault.AccountID(e.self.id), pinvault.RecoveryID(id), stretched, o.secret)
	if err != nil {
		return fault.Failed(err, "the PIN cannot be registered")
	}
	if err := e.runRealms(ctx, o.set, flow); err != nil && fault.KindOf(err) != fault.KindUnreachable {
		return err
	}
	return nil
}

// openPIN asks the realms for the recovery secret and derives its keys.
func (e *Engine) openPIN(ctx context.Context, typed []byte, id account.ID, k account.Keyholder, set pinvault.RealmSet) (*openedPIN, error) {
	pin, err := pinvault.ParsePIN(string(typed))
	if err != nil {
		return nil, fault.Usage("this cannot be a PIN: %v", err)
	}
	e.cfg.Progress(Progress{Task: "stretch", Total: 1})
	stretched, err := pinvault.StretchPIN(pin, set.Stretch, pinvault.AccountID(id), pinvault.RecoveryID(k.ID))
	if err != nil {
		return nil, fault.Failed(err, "the PIN cannot be stretched")
	}
	defer stretched.Erase()
	e.cfg.Progress(Progress{Task: "stretch", Done: 1, Total: 1})
	session, err := e.realmSession(ctx, set, k.ID, pinvault.ActionRecover)
	if err != nil {
		return nil, err
	}
	flow, err := pinvault.NewRecovery(e.cfg.Rand, set, session, pinvault.AccountID(id), pinvault.RecoveryID(k.ID), stretched)
	if err != nil {
		return nil, fault.Failed(err, "the PIN cannot be tried")
	}
	if err := e.runRealms(ctx, set, flow); err != nil {
		return nil, err
	}
	secret := flow.Secret()
	b := secret.Bytes()
	defer clear(b[:])
	holder, err := account.DeriveKeyholder(b[:], id, account.KindPIN)
	if err != nil {
		return nil, fault.Failed(err, "the PIN's keys cannot be derived")
	}
	if holder.ID() != k.ID {
		return nil, fault.Broken(fault.PromiseProved, nil, "what the realms guard is not this account's")
	}
	return &openedPIN{pin, set, secret, holder, flow.Degraded()}, nil
}

func chainRealms(s pinvault.RealmSet) account.RealmSet {
	out := account.RealmSet{Threshold: uint8(s.Threshold)}
	for _, r := range s.Realms {
		out.Realms = append(out.Realms, account.Realm{URL: r.URL, Key: account.SignatureKey(r.Key)})
	}
	return out
}

func vaultRealms(s account.RealmSet) pinvault.RealmSet {
	out := pinvault.RealmSet{Threshold: int(s.Threshold), Stretch: pinvault.DefaultStretch}
	for _, r := range s.Realms {
		out.Realms = append(out.Realms, pinvault.Realm{URL: r.URL, Key: pinvault.PublicKey(r.Key)})
	}
	return out
}

// sameRealms reports whether a record names the chain's realms.
func sameRealms(a account.RealmSet, b pinvault.RealmSet) bool {
	return int(a.Threshold) == b.Threshold && slices.EqualFunc(a.Realms, b.Realms, func(x account.Realm, y pinvault.Realm) bool {
		return x.URL == y.URL && x.Key == account.SignatureKey(y.Key)
	})
}
