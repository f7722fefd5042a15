package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) recoveryTestCommand() *cobra.Command {
	pin := secretFile{flag: "pin-file", what: "PIN"}
	code := secretFile{flag: "code-file", what: "recovery code"}
	cmd := a.command(spec{
		use:   "test (--pin-file F | --code-file F)",
		short: "Check that a PIN or code would bring the account back",
		long: `A right one leaves everything as it is. A wrong PIN costs a guess, as it would on a
new device.`,
		example: `  coffer recovery test
  coffer recovery test --code-file code.txt`,
		run: func(ctx context.Context, _ []string) error {
			usesPIN := pin.path != ""
			switch {
			case usesPIN && code.path != "":
				return usagef("--pin-file and --code-file: only one of these at once")
			case !usesPIN && code.path == "":
				var err error
				if usesPIN, err = a.askPINOrCode(ctx); err != nil {
					return err
				}
			}
			var s client.RecoverySecret
			if usesPIN {
				a.note("A wrong PIN costs a guess.")
				b, err := pin.get(ctx, a, false)
				if err != nil {
					return err
				}
				s.PIN = b
				defer clear(b)
			} else {
				b, err := code.get(ctx, a, false)
				if err != nil {
					return err
				}
				s.Code = string(b)
			}
			return a.engine(ctx, func(e engine) error {
				k, err := e.TestRecovery(ctx, s)
				if err != nil {
					return err
				}
				a.print(keyholderOf(k), func(w io.Writer) {
					fmt.Fprintf(w, "This %s would bring the account back.\n", kindName(k))
				})
				return nil
			})
		},
	})
	pin.add(cmd, "`file` with the PIN in its first line (- is standard input)")
	code.add(cmd, "`file` with the recovery code in its first line (- is standard input)")
	return cmd
}
