//go:build js && wasm

package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
)

// resetCalls are what the page can ask for about what happened to the account, and
// about handles that go to new accounts (spec/reset.md).
var resetCalls = map[string]func(ctx context.Context, d *device, e *client.Engine, p params) (any, error){
	"notices": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		l, err := e.Notices(ctx)
		return list(l, noticeJSON), err
	},
	"noticesShown": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.NoticesShown(ctx, uint64(p.number("number"))))
	},

	"ownReset": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		o, err := e.OwnReset(ctx)
		return ownResetJSON(o), err
	},
	"keepAccount": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		if _, err := e.KeepAccount(ctx); err != nil {
			return nil, err
		}
		_, err := e.Sync(ctx) // what the server says now
		return done(err)
	},
	// Asks with a proof, or looks how far it is: {handle, password, code}.
	"reset": func(ctx context.Context, d *device, e *client.Engine, p params) (any, error) {
		o := client.ResetOptions{Server: d.origin, Handle: p.text("handle"), Password: p.secret("password"), Code: p.text("code")}
		defer clear(o.Password)
		r, err := e.Reset(ctx, o)
		return resetJSON(r), err
	},
	"awaited": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		return orNull(e.Awaited(ctx))
	},
	"beforeReset": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		return orNull(e.BeforeReset(ctx))
	},

	"contactReset": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		r, err := e.ContactReset(ctx, p.text("handle"))
		return contactResetJSON(r), err
	},
	// Takes {handle}'s new account, or goes on with the {old} one.
	"acceptReset": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		decide := e.AcceptReset
		if p.flag("old") {
			decide = e.RefuseReset
		}
		c, err := decide(ctx, p.text("handle"))
		return contactJSON(c), err
	},
	"groupAdmit": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		return done(e.GroupAdmit(ctx, p.text("to"), p.text("handle")))
	},
}

func orNull(r client.ResetState, err error) (any, error) {
	if r.Handle == "" {
		return done(err)
	}
	return resetJSON(r), err
}
