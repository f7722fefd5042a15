package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) clearCommand() *cobra.Command {
	return a.command(spec{
		use:   "clear TO",
		short: "Delete all messages of a conversation for yourself only",
		long: `All that it holds by now goes from all your devices and does not come back with
a restore. Others keep it; what nobody keeps is erased on the server.`,
		example: `  coffer clear bob`,
		args:    []string{"TO"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("cleared", args[0], e.Clear(ctx, args[0]))
			})
		},
	})
}
