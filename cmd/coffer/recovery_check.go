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
	var cloud string
	cmd := a.command(spec{
		use:   "test (--pin-file F | --code-file F | --cloud DEST)",
		short: "Check that a PIN, code or cloud key would bring the account back",
		long: `A right one leaves everything as it is. A wrong PIN costs a guess, as it would on a
new device. A cloud key is tried without its password.`,
		example: `  coffer recovery test
  coffer recovery test --code-file code.txt
  coffer recovery test --cloud rclone:drive:coffer`,
		run: func(ctx context.Context, _ []string) error {
			usesPIN := pin.path != ""
			switch {
			case !onlyOne(pin.path, code.path, cloud):
				return usagef("--pin-file, --code-file and --cloud: only one of these at once")
			case !usesPIN && code.path == "" && cloud == "":
				var err error
				if usesPIN, err = a.askPINOrCode(ctx); err != nil {
					return err
				}
			}
			s := client.RecoverySecret{Cloud: cloud}
			switch {
			case cloud != "":
			case usesPIN:
				a.note("A wrong PIN costs a guess.")
				b, err := pin.get(ctx, a, false)
				if err != nil {
					return err
				}
				s.PIN = b
				defer clear(b)
			default:
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
	cmd.Flags().StringVar(&cloud, "cloud", "", "place (`DEST`) that holds half of a key")
	return cmd
}
