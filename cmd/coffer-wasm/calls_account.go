//go:build js && wasm

package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
)

// accountCalls are what the page can ask for about the account itself.
var accountCalls = map[string]func(ctx context.Context, d *device, e *client.Engine, p params) (any, error){
	"guessLog": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		log, missing, err := e.GuessLog(ctx)
		return guessLogJSON(log, missing), err
	},
	"setVault": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		s, err := e.SetVault(ctx, p.flag("on"))
		return switchedJSON(s), err
	},
	// Sets the sign-in {password}; with it {pin}, where the account has one.
	"changePassword": func(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
		o := client.PasswordOptions{Password: p.secret("password"), PIN: p.secret("pin")}
		defer clear(o.Password)
		defer clear(o.PIN)
		return done(e.ChangePassword(ctx, o))
	},
	// For good. It may be made again, and then returns the receipt again.
	"closeAccount": func(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
		c, err := e.CloseAccount(ctx)
		if err != nil {
			return nil, err
		}
		return closedJSON(c), nil
	},
}
