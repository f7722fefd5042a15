package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) vaultSwitchCommand(on bool) *cobra.Command {
	s := spec{
		use:   "off",
		short: "Keep new messages on your devices only",
		long: `From the next step of each conversation on, nothing is kept for you at the server
that could be restored: if all your devices are lost, what was sent meanwhile is
lost. What is there already stays. Others keep their own history as they like;
'coffer group info' and 'coffer safety' show who does. Only where nobody keeps history
do keys go that could open old messages.

A device that you add later is let into conversations by another of your devices,
with its next 'coffer sync', and sees what comes after that.`,
		example: `  coffer vault off`,
	}
	if on {
		s = spec{
			use:     "on",
			short:   "Keep your history at the server again, readable only by you",
			long:    `From the next step of each conversation on. What was sent while it was off stays on your devices only.`,
			example: `  coffer vault on`,
		}
	}
	s.run = func(ctx context.Context, _ []string) error {
		return a.engine(ctx, func(e engine) error {
			v, err := e.SetVault(ctx, on)
			if err != nil {
				return err
			}
			a.print(doneObject{Type: "done", Action: "vault " + s.use, Target: ""}, func(w io.Writer) { printSwitched(w, v) })
			if v.Pending > 0 {
				a.note("It is still to take effect in %d of %s: 'coffer sync' goes on with it.", v.Pending, plural(v.Conversations, "conversation", "conversations"))
			}
			return nil
		})
	}
	return a.command(s)
}

func printSwitched(w io.Writer, v client.VaultSwitched) {
	if v.On {
		fmt.Fprintln(w, "The vault is on: what is sent to you now can be restored.")
		return
	}
	fmt.Fprintln(w, "The vault is off: what is sent now is on your devices only.")
}
