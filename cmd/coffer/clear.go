package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) clearCommand() *cobra.Command {
	var yes bool
	cmd := a.command(spec{
		use:   "clear TO [--yes]",
		short: "Delete all messages of a conversation for yourself only",
		long: `All that it holds by now goes from all your devices and does not come back with
a restore. Others keep it; what nobody keeps is erased on the server. At a terminal it
asks first, unless --yes says that it need not.`,
		example: `  coffer clear bob`,
		args:    []string{"TO"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				if !yes && a.term.Interactive() && !a.json {
					if err := a.agree(ctx, "Delete all messages with "+args[0]+" for yourself, on all your devices?", "nothing was deleted"); err != nil {
						return err
					}
				}
				return a.done("cleared", args[0], e.Clear(ctx, args[0]))
			})
		},
	})
	cmd.Flags().BoolVar(&yes, "yes", false, "clear the conversation without asking")
	return cmd
}
