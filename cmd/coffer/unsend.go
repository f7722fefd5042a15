package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) unsendCommand() *cobra.Command {
	return a.command(spec{
		use:   "unsend ID",
		short: "Take a message of yours back, for everybody",
		long: `Text and attachments are erased on the server and on every device, and do not
come back with a restore. Who has seen the message has seen it.`,
		example: `  coffer unsend 01c2d3e4f5`,
		args:    []string{"ID"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("unsent", args[0], changing(ctx, e, args[0], func() error { return e.Unsend(ctx, args[0]) }))
			})
		},
	})
}
