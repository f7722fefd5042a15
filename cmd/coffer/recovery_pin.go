package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

const pinAdvice = `A PIN has 6 characters or more; letters are welcome. Realms guard it and allow
few guesses, as long as most of them are honest.`

func (a *app) addPINCommand() *cobra.Command {
	var o client.PINOptions
	pin := secretFile{flag: "pin-file", what: "PIN", advice: pinAdvice}
	password := secretFile{flag: "password-file", what: "password",
		advice: "The sign-in password goes with the PIN, so that strangers cannot use up your guesses."}
	cmd := a.command(spec{
		use:   "pin [--pin-file F] [--password-file F] [--realm URL#KEY]… [--threshold T]",
		short: "Guard a way back in by a PIN",
		long: pinAdvice + `
A new PIN replaces the old one. On a new device the PIN is asked for together
with the sign-in password; this sets the password too, and the two must differ.

Without --realm the server's realms are used. Where one operator runs them, the
PIN is only as strong as the trust in that operator: then choose a passphrase of
several words.`,
		example: `  coffer recovery add pin
  coffer recovery add pin --realm https://a.example#KEY --realm https://b.example#KEY --realm https://c.example#KEY --threshold 2`,
		run: func(ctx context.Context, _ []string) (err error) {
			if err := oneStandardInput(pin.path, password.path); err != nil {
				return err
			}
			if o.Threshold < 0 || len(o.Realms) == 0 && o.Threshold > 0 {
				return usagef("--threshold goes with --realm and is at least 1")
			}
			if o.PIN, err = pin.get(ctx, a, true); err != nil {
				return err
			}
			defer clear(o.PIN)
			if o.Password, err = password.get(ctx, a, true); err != nil {
				return err
			}
			defer clear(o.Password)
			if bytes.Equal(o.PIN, o.Password) {
				return usagef("password and PIN must differ")
			}
			return a.engine(ctx, func(e engine) error { return a.addPIN(ctx, e, o) })
		},
	})
	pin.add(cmd, "`file` with the PIN in its first line (- is standard input)")
	password.add(cmd, "`file` with the sign-in password in its first line (- is standard input)")
	cmd.Flags().StringArrayVar(&o.Realms, "realm", nil, "address and key of a realm, `URL#KEY`; repeat for each")
	cmd.Flags().IntVar(&o.Threshold, "threshold", 0, "how many realms must work together (default: more than half)")
	return cmd
}

func (a *app) addPIN(ctx context.Context, e engine, o client.PINOptions) error {
	k, err := e.AddPIN(ctx, o)
	if err != nil {
		return err
	}
	a.print(keyholderOf(k), func(w io.Writer) { fmt.Fprintf(w, "The PIN is a way back in now (%s).\n", k.ID) })
	if len(o.Realms) == 0 {
		a.note("The server's operator chose its realms: 'coffer vault status' says how many operators stand behind it.")
	}
	return nil
}
