package client

import (
	"context"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
)

// PasskeyTerms are what a browser's authenticator is asked with (spec/passkey.md).
// Nothing in them is secret.
type PasskeyTerms struct {
	// Input is what the PRF extension evaluates.
	Input account.Hash
	// User is the user handle, Name what the authenticator shows.
	User account.Hash
	Name string
	// Known are the ids of the account's passkeys for the page's host; none where
	// that is not known yet, and then the authenticator finds them.
	Known [][]byte
}

// PasskeyTerms returns what the authenticator is asked with to make a passkey for
// this account, or to try one. rp is the page's host.
func (e *Engine) PasskeyTerms(ctx context.Context, rp string) (PasskeyTerms, error) {
	var out PasskeyTerms
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		if err := e.syncPrivate(ctx); err != nil {
			return err
		}
		out = passkeyTerms(e.self)
		for _, k := range e.keyholders(func(k account.Kind) bool { return k == account.KindPasskey }) {
			v, err := e.get(ctx, tablePasskey.ID(k.ID[:]).Uint64(wayPasskey))
			if err != nil {
				return err
			}
			if n, err := payload.ParsePasskeyNote(v); v != nil && err == nil && n.RP == rp {
				out.Known = append(out.Known, n.Credential)
			}
		}
		return nil
	})
	return out, err
}

// PasskeyTermsOf returns what the authenticator is asked with on a device that
// knows no more than the handle. A server that names another account gets nothing
// of it: the passkey's answer is another one for each. beforeReset means the account
// that had the handle before it was reset (RestoreOptions).
func (e *Engine) PasskeyTermsOf(ctx context.Context, server, handle string, beforeReset bool) (PasskeyTerms, error) {
	var out PasskeyTerms
	err := e.locked(ctx, func() error {
		if e.self != nil {
			return fault.Usage("this home already holds the account of %s", e.self.handle)
		}
		s := &self{server: server}
		var err error
		if s.handle, err = account.ParseHandle(strings.ToLower(handle)); err != nil {
			return fault.Usage("%q is no handle", handle)
		}
		info, err := e.serverInfo(ctx, server)
		if err != nil {
			return err
		}
		s.serverKey = info.ServerKey
		if s.host, err = account.ParseHost(info.Host); err != nil {
			return fault.Failed(err, "the server names a host that cannot be")
		}
		if beforeReset {
			s.id, err = e.former(ctx, s)
		} else {
			err = e.resolveOwn(ctx, s)
		}
		if err == nil {
			out = passkeyTerms(s)
		}
		return err
	})
	return out, err
}

func passkeyTerms(s *self) PasskeyTerms {
	return PasskeyTerms{
		Input: account.PasskeyInput(s.host, s.id), User: account.PasskeyUser(s.host, s.id), Name: string(s.handle) + "@" + string(s.host),
	}
}

// PasskeyOptions are a passkey that the browser's authenticator has made.
type PasskeyOptions struct {
	Credential []byte // its id
	RP         string // the page's host
	// Secret is what its PRF extension gave for PasskeyTerms.Input.
	Secret []byte
}

// AddPasskey adds a passkey as a way back in. That it is one of the account's is
// noted before the chain names it, so that no device makes a second one over it.
func (e *Engine) AddPasskey(ctx context.Context, o PasskeyOptions) (Keyholder, error) {
	var out Keyholder
	err := e.withAccount(ctx, func() error {
		if err := e.refreshSelf(ctx); err != nil {
			return err
		}
		holder, err := passkeyHolder(o.Secret, e.self.id)
		if err != nil {
			return err
		}
		defer holder.Erase()
		if k, ok := e.self.chain.Keyholder(holder.ID()); ok && k.Active() {
			out = e.keyholder(k) // an attempt that was cut short after the entry
			return nil
		}
		note := &payload.PasskeyNote{Keyholder: holder.ID(), Credential: o.Credential, RP: o.RP}
		if _, err := payload.ParsePasskeyNote(note.Bytes()); err != nil {
			return fault.Usage("this is no passkey")
		}
		if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindPasskey, Body: note.Bytes()}); err != nil {
			return err
		}
		name := e.cfg.DeviceName
		if name == "" {
			name = "passkey"
		}
		out, err = e.addKeyholder(ctx, holder, name, account.RealmSet{})
		return err
	})
	return out, err
}

// passkeyHolder derives the keys of a passkey.
func passkeyHolder(secret []byte, id account.ID) (*account.KeyholderSecret, error) {
	if len(secret) != account.PasskeySecretSize {
		return nil, fault.Usage("this passkey gives no key: its authenticator does not know the PRF extension")
	}
	holder, err := account.DeriveKeyholder(secret, id, account.KindPasskey)
	if err != nil {
		return nil, fault.Failed(err, "the passkey's keys cannot be derived")
	}
	return holder, nil
}

// recoverByPasskey signs in with a passkey's keys.
func (e *Engine) recoverByPasskey(ctx context.Context, secret []byte, s *self) (*account.KeyholderSecret, error) {
	if err := e.resolveOwn(ctx, s); err != nil {
		return nil, err
	}
	holder, err := passkeyHolder(secret, s.id)
	if err != nil {
		return nil, err
	}
	return e.prove(ctx, s, holder, "this passkey")
}
