package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) deleteCommand() *cobra.Command {
	return a.command(spec{
		use:     "delete ID",
		short:   "Delete a message for yourself only",
		long:    `It goes from all your devices and does not come back with a restore. Others keep it.`,
		example: `  coffer delete 01c2d3e4f5`,
		args:    []string{"ID"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("deleted", args[0], e.DeleteForMe(ctx, args[0]))
			})
		},
	})
}
