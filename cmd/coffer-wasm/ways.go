//go:build js && wasm

package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
)

// The calls about ways back in.

// passkeyTerms is what the browser is asked with: {rp}, and {handle} on a device
// without an account; {before} is as in restore.
func passkeyTerms(ctx context.Context, d *device, e *client.Engine, p params) (any, error) {
	var terms client.PasskeyTerms
	var err error
	if handle := p.text("handle"); handle != "" {
		terms, err = e.PasskeyTermsOf(ctx, d.origin, handle, p.flag("before"))
	} else {
		terms, err = e.PasskeyTerms(ctx, p.text("rp"))
	}
	if err != nil {
		return nil, err
	}
	return passkeyJSON(terms), nil
}

// addPasskey adds what the browser has made: {credential, rp, secret}.
func addPasskey(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	secret := p.bytes("secret")
	defer clear(secret)
	k, err := e.AddPasskey(ctx, client.PasskeyOptions{Credential: p.bytes("credential"), RP: p.text("rp"), Secret: secret})
	if err != nil {
		return nil, err
	}
	return keyholderJSON(k), nil
}

// addCloudFile makes a key of which one half is a file to keep: {password}.
func addCloudFile(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	password := p.secret("password")
	defer clear(password)
	_, name, content, err := e.AddCloudFile(ctx, password)
	defer clear(content)
	if err != nil {
		return nil, err
	}
	return newObject("file").text("name", name).text("text", string(content)).end(), nil
}

func pinDue(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
	due, err := e.PINDue(ctx)
	if err != nil {
		return nil, err
	}
	return newObject("pin").flag("due", due).end(), nil
}

// revoke removes a device everywhere: {id, compromised}.
func revoke(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	l, err := e.Revoke(ctx, p.text("id"), p.flag("compromised"))
	return list(l, removalJSON), err
}

func renameDevice(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	k, err := e.RenameDevice(ctx, p.text("id"), p.text("name"))
	if err != nil {
		return nil, err
	}
	return keyholderJSON(k), nil
}
