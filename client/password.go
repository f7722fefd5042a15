package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// ErrPINWanted is the error of a change of the password of an account that has a
// PIN, where none was given.
var ErrPINWanted error = &fault.Error{
	Kind:    fault.KindUsage,
	Message: "this account has a PIN, which must differ from the password: give the file that holds it with --pin-file",
}

// PasswordOptions say what the sign-in password is to be.
type PasswordOptions struct {
	Password []byte
	// PIN is the account's, where it has one: a PIN and a password that are the
	// same would be worth one of them. A wrong one costs a guess.
	PIN []byte
}

// ChangePassword sets the sign-in password, or changes it. With it the PIN's realm
// set is authenticated anew, so that the PIN goes on working.
func (e *Engine) ChangePassword(ctx context.Context, o PasswordOptions) error {
	return e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		var pins []account.Keyholder
		for _, k := range e.self.chain.Keyholders() {
			if k.Kind == account.KindPIN {
				pins = append(pins, k)
			}
		}
		if len(pins) > 0 {
			if err := e.differs(ctx, o); err != nil {
				return err
			}
		}
		m, s, err := e.drawPassword(o.Password)
		if err != nil {
			return err
		}
		defer s.Erase()
		req := &wire.ChangePasswordRequest{Password: m}
		for _, k := range pins {
			set := vaultRealms(k.Realms)
			mac := set.MAC(macKey(s), pinvault.AccountID(e.self.id), pinvault.RecoveryID(k.ID))
			req.PinRecords = append(req.PinRecords, wire.PinRecord{Keyholder: k.ID[:], Record: pinRecordOf(set, mac)})
		}
		_, err = e.recovery().ChangePassword(ctx, req)
		return fault.FromServer(err)
	})
}

// differs proves the account's PIN at its realms and holds the password against
// it: no device keeps anything that can test a PIN.
func (e *Engine) differs(ctx context.Context, o PasswordOptions) error {
	if len(o.PIN) == 0 {
		return ErrPINWanted
	}
	pin, err := pinvault.ParsePIN(string(o.PIN))
	if err != nil {
		return fault.Usage("this cannot be a PIN: %v", err)
	}
	if pin.Is(string(o.Password)) {
		return fault.Usage("password and PIN must differ")
	}
	holder, err := e.testPIN(ctx, o.PIN)
	if err != nil {
		return err
	}
	holder.Erase()
	return nil
}

// pinRecordOf is what the server keeps for a fresh device (spec/pin.md).
func pinRecordOf(set pinvault.RealmSet, mac [32]byte) []byte {
	return append(syntax.AppendOpaque(nil, set.Append(nil)), mac[:]...)
}

// newPassword sets the sign-in password, with a new salt.
func (e *Engine) newPassword(ctx context.Context, password []byte) (*account.StretchedPassword, error) {
	m, s, err := e.drawPassword(password)
	if err != nil {
		return nil, err
	}
	_, err = e.account().SetPassword(ctx, m)
	return s, fault.FromServer(err)
}

// drawPassword stretches a new password with a new salt.
func (e *Engine) drawPassword(password []byte) (*wire.SetPasswordRequest, *account.StretchedPassword, error) {
	salt := make([]byte, account.PasswordSaltSize)
	if err := e.random(salt); err != nil {
		return nil, nil, err
	}
	p := account.DefaultPasswordParameters()
	e.cfg.Progress(Progress{Task: "stretch", Total: 1})
	s, err := account.StretchPassword(password, p, e.self.host, e.self.handle, salt)
	if err != nil {
		return nil, nil, fault.Usage("this password cannot be used: %v", err)
	}
	e.cfg.Progress(Progress{Task: "stretch", Done: 1, Total: 1})
	return &wire.SetPasswordRequest{Parameters: p.Marshal(), Salt: salt, Stretched: s.AuthKey()}, s, nil
}

// ownPassword makes sure that a password is the account's: the one that is set,
// or where none is, this one from now on.
func (e *Engine) ownPassword(ctx context.Context, password []byte) error {
	r, err := e.recovery().GetPasswordStatus(ctx, &wire.GetPasswordStatusRequest{})
	if err != nil {
		return fault.FromServer(err)
	}
	if r.SetMs == 0 {
		s, err := e.newPassword(ctx, password)
		if err == nil {
			s.Erase()
		}
		return err
	}
	right, err := e.isPassword(ctx, password)
	if err == nil && !right {
		err = &fault.Error{Kind: fault.KindWrongSecret, Message: "this is not the account's sign-in password; coffer password changes it"}
	}
	return err
}

// isPassword asks the server whether a password is the account's.
func (e *Engine) isPassword(ctx context.Context, password []byte) (bool, error) {
	s, err := e.stretch(ctx, password, e.self.host, e.self.handle)
	if err != nil {
		return false, err
	}
	defer s.Erase()
	key := s.AuthKey()
	defer clear(key)
	_, err = wire.AccountClient{Doer: e.transport}.SignInPassword(ctx, &wire.SignInPasswordRequest{Handle: string(e.self.handle), Stretched: key})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindWrongPassword {
		return false, nil
	}
	return err == nil, fault.FromServer(err)
}
