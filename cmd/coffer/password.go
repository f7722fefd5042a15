package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) passwordCommand() *cobra.Command {
	password := secretFile{flag: "password-file", what: "new password",
		advice: "The sign-in password goes with a PIN, so that strangers cannot use up your guesses."}
	pin := secretFile{flag: "pin-file", what: "PIN", advice: "This account has a PIN, which must differ from the password. A wrong one costs a guess."}
	cmd := a.command(spec{
		use:   "password [--password-file F] [--pin-file F]",
		short: "Set or change the sign-in password",
		long: `It is needed on a new device, beside a PIN or a cloud key that was made with it. It
opens nothing by itself. The server never sees it.

An account with a PIN asks for that, too: the two must differ.`,
		example: `  coffer password
  coffer password --password-file password.txt --pin-file pin.txt`,
		run: func(ctx context.Context, _ []string) (err error) {
			if err := oneStandardInput(password.path, pin.path); err != nil {
				return err
			}
			var o client.PasswordOptions
			if pin.path != "" {
				if o.PIN, err = pin.get(ctx, a, false); err != nil {
					return err
				}
				defer clear(o.PIN)
			}
			if o.Password, err = password.get(ctx, a, true); err != nil {
				return err
			}
			defer clear(o.Password)
			return a.engine(ctx, func(e engine) error {
				err := e.ChangePassword(ctx, o)
				if errors.Is(err, client.ErrPINWanted) && a.term.Interactive() {
					if o.PIN, err = pin.get(ctx, a, false); err != nil {
						return err
					}
					defer clear(o.PIN)
					err = e.ChangePassword(ctx, o)
				}
				if err != nil {
					return err
				}
				a.print(doneObject{Type: "done", Action: "password set"}, func(w io.Writer) { fmt.Fprintln(w, "The password is set.") })
				return nil
			})
		},
	})
	password.add(cmd, "`file` with the new password in its first line (- is standard input)")
	pin.add(cmd, "`file` with the PIN in its first line (- is standard input)")
	return cmd
}
