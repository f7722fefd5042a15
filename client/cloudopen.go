package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/cloud"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// ErrPasswordWanted is the error of a restore by a cloud key that was made with
// the sign-in password, where none was given.
var ErrPasswordWanted error = &fault.Error{
	Kind:    fault.KindUsage,
	Message: "this way back was made with the sign-in password: give the file that holds it with --password-file",
}

// openCloudKey finds the half of an account's key in a place, asks the server for
// the other, and makes the keys. stretched makes the password's proof when the
// server wants it.
func (e *Engine) openCloudKey(ctx context.Context, place cloud.Place, at string, s *self, stretched func() ([]byte, error)) (*account.KeyholderSecret, error) {
	files, damaged, err := cloudFiles(ctx, place, s.id)
	if err != nil {
		return nil, fromCloud(err, at)
	}
	defer func() {
		for _, f := range files {
			f.half.Erase()
		}
	}()
	for _, f := range files {
		server, err := e.openCloudHalf(ctx, s, f, stretched)
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindInvalid {
			continue // removed, or never finished
		}
		if err != nil {
			return nil, fault.FromServer(err)
		}
		holder, err := f.half.Keyholder(s.id, server)
		clear(server)
		if err != nil || holder.ID() != f.keyholder {
			return nil, fault.Broken(fault.PromiseStored, err, "the server hands out another half of the key than the one that it was given")
		}
		return holder, nil
	}
	message := "%s holds no key of this account"
	switch {
	case len(files) > 0:
		message = "what is in %s is no way into this account any more"
	case damaged > 0:
		message = "the key in %s is damaged"
	}
	return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: fmt.Sprintf(message, at)}
}

// openCloudHalf proves the one half and returns the other. Where this device's
// clock was the reason for a refusal it proves once more.
func (e *Engine) openCloudHalf(ctx context.Context, s *self, f cloudFile, stretched func() ([]byte, error)) ([]byte, error) {
	half, err := e.askCloudHalf(ctx, s, f, stretched)
	if kind, _ := fault.Refusal(err); kind != wire.ErrorKindInvalid {
		return half, err
	}
	if off, skewErr := e.measureSkew(ctx); skewErr != nil || !off {
		return nil, errors.Join(err, skewErr)
	}
	return e.askCloudHalf(ctx, s, f, stretched)
}

func (e *Engine) askCloudHalf(ctx context.Context, s *self, f cloudFile, stretched func() ([]byte, error)) ([]byte, error) {
	ask := func(password []byte) (*wire.OpenCloudHalfResponse, error) {
		nonce := make([]byte, 32)
		if err := e.random(nonce); err != nil {
			return nil, err
		}
		proof, err := f.half.Prove(s.host, s.id, f.keyholder, nonce, e.serverNow())
		if err != nil {
			return nil, fault.Failed(err, "the key cannot be proved")
		}
		return wire.RecoveryClient{Doer: e.transport}.OpenCloudHalf(ctx, &wire.OpenCloudHalfRequest{Proof: proof, Stretched: password})
	}
	r, err := ask(nil)
	if err == nil && r.PasswordWanted {
		var password []byte
		if password, err = stretched(); err != nil {
			return nil, err
		}
		defer clear(password)
		r, err = ask(password)
		if kind, _ := fault.Refusal(err); kind == wire.ErrorKindWrongPassword {
			return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: "wrong password"}
		}
	}
	if err != nil {
		return nil, err
	}
	if len(r.Half) != account.CloudHalfSize {
		return nil, fault.Broken(fault.PromiseStored, nil, "the server hands out no half of the key")
	}
	return r.Half, nil
}

// passwordProof is the password's proof for the server, made when it is wanted.
func (e *Engine) passwordProof(ctx context.Context, password []byte, s *self) func() ([]byte, error) {
	return func() ([]byte, error) {
		if len(password) == 0 {
			return nil, ErrPasswordWanted
		}
		e.cfg.Progress(Progress{Task: "stretch", Total: 1})
		k, err := e.stretchFor(ctx, password, s.host, s.handle, s.signInName())
		if err != nil {
			return nil, err
		}
		defer k.Erase()
		e.cfg.Progress(Progress{Task: "stretch", Done: 1, Total: 1})
		return k.AuthKey(), nil
	}
}

// recoverByCloud signs in with the key of which one half is in a cloud.
func (e *Engine) recoverByCloud(ctx context.Context, o RestoreOptions, s *self) (*account.KeyholderSecret, error) {
	if err := e.resolveOwn(ctx, s); err != nil {
		return nil, err
	}
	place, at, err := e.cloudSource(o.CloudFile, o.Cloud, s.id)
	if err != nil {
		return nil, err
	}
	holder, err := e.openCloudKey(ctx, place, at, s, e.passwordProof(ctx, o.Password, s))
	if err != nil {
		return nil, err
	}
	return e.prove(ctx, s, holder, "this key")
}

// testCloud makes the keys as a fresh device would.
func (e *Engine) testCloud(ctx context.Context, s RecoverySecret) (*account.KeyholderSecret, error) {
	place, at, err := e.cloudSource(s.CloudFile, s.Cloud, e.self.id)
	if err != nil {
		return nil, err
	}
	if len(s.Password) > 0 {
		// This session's device gets the half without a password.
		right, err := e.isPassword(ctx, s.Password)
		if err != nil {
			return nil, err
		}
		if !right {
			return nil, &fault.Error{Kind: fault.KindWrongSecret, Message: "wrong password"}
		}
	}
	return e.openCloudKey(ctx, place, at, e.self, e.passwordProof(ctx, s.Password, e.self))
}
