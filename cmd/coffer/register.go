package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) registerCommand() *cobra.Command {
	var o client.RegisterOptions
	var lost resetFlags
	password := secretFile{flag: "password-file", what: "password"}
	cmd := a.command(spec{
		use:   "register HANDLE --server URL [--reset]",
		short: "Make an account on a server, with this as its first device",
		long: `A handle has 1 to 32 of a-z, 0-9, dot, dash and underscore. A password is
needed only for a PIN; 'coffer recovery add pin' can set it later.

--reset is for a handle of yours of which every device and every way back is lost:
a new account gets it, without the old messages. The sign-in password, or a code of
the server's operator, shows that it was yours. For seven days whoever still has a
device of it can stop this; then call it again with the same home. Your contacts are
told, and ask you before they go on with the new account.`,
		example: `  coffer register alice --server https://chat.example.org
  coffer register alice --server https://chat.example.org --invite K7Q2-M4XD
  coffer register alice --server https://chat.example.org --reset --password-file pw.txt`,
		args: []string{"HANDLE"},
		run: func(ctx context.Context, args []string) (err error) {
			if o.Server == "" {
				return usagef("--server is missing: the address of the server, like https://chat.example.org")
			}
			o.Handle = args[0]
			if lost.reset {
				return a.resetAccount(ctx, o, &password, &lost)
			}
			if lost.code.path != "" {
				return usagef("--code-file is for --reset; to restore an account: coffer restore")
			}
			if password.path != "" {
				if o.Password, err = password.get(ctx, a, true); err != nil {
					return err
				}
				defer clear(o.Password)
			}
			return a.newEngine(ctx, func(e engine) error {
				if err := e.Register(ctx, o); err != nil {
					return err
				}
				return a.welcome(ctx, e)
			})
		},
	})
	cmd.Flags().StringVar(&o.Server, "server", "", "address (`URL`) of the server, like https://chat.example.org")
	cmd.Flags().StringVar(&o.Invite, "invite", "", "`code` of an invitation, where the server wants one")
	lost.add(cmd)
	password.add(cmd, "`file` with the sign-in password in its first line (- is standard input)")
	return cmd
}

// welcome says who this is now, and that one lost device is not to be the end.
func (a *app) welcome(ctx context.Context, e engine) error {
	id, err := e.Whoami(ctx)
	if err != nil {
		return err
	}
	a.print(identityOf(id), func(w io.Writer) {
		s := a.style()
		fmt.Fprintf(w, "Welcome, %s. Your account is at %s.\n", s.bold(plain.Line(id.Handle)), plain.Line(id.Server))
	})
	a.note("If this device is lost, your history is too, until you add a way back in:\n  coffer recovery add code")
	return nil
}
