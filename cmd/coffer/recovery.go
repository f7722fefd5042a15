package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) recoveryCommand() *cobra.Command {
	return parentOf("recovery", "Ways back into the account when every device is lost",
		"Each way back opens all of your history by itself, and can be removed by itself.",
		parentOf("add", "Add a way back in", "A code is kept on paper; a PIN is guarded by realms; a cloud keeps half a key.",
			a.addCodeCommand(), a.addPINCommand(), a.addCloudCommand()),
		a.recoveryListCommand(), a.recoveryLogCommand(), a.recoveryRemoveCommand(), a.recoveryTestCommand())
}

func (a *app) recoveryListCommand() *cobra.Command {
	return a.command(spec{
		use:     "list",
		short:   "List the ways back in",
		long:    `Devices that you have are ways in too: 'coffer devices' lists them.`,
		example: `  coffer recovery list`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				list, err := e.RecoveryMethods(ctx)
				if err != nil {
					return err
				}
				if len(list) == 0 {
					a.note("There is no way back in if you lose your devices. Add one: coffer recovery add code")
				}
				a.printKeyholders(list)
				return nil
			})
		},
	})
}

func (a *app) recoveryRemoveCommand() *cobra.Command {
	return a.command(spec{
		use:   "remove ID",
		short: "Remove a way back in",
		long: `It opens nothing any more from now on, not even old copies of what the server
holds. A cloud key's file is deleted, too. ID is from 'coffer recovery list', any
beginning of it that is unique.`,
		example: `  coffer recovery remove k5tq`,
		args:    []string{"ID"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				k, err := e.RemoveRecovery(ctx, args[0])
				if err != nil {
					return err
				}
				a.print(keyholderOf(k), func(w io.Writer) {
					fmt.Fprintf(w, "removed %s %s\n", kindName(k), k.ID)
				})
				return nil
			})
		},
	})
}

// kindName is a keyholder's kind for people.
func kindName(k client.Keyholder) string {
	switch word := k.Kind.String(); word {
	case "pin":
		return "PIN"
	case "code":
		return "recovery code"
	case "cloud":
		return "cloud key"
	default:
		return word
	}
}
