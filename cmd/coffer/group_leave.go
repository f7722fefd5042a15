package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) groupLeaveCommand() *cobra.Command {
	return a.command(spec{
		use:   "leave NAME",
		short: "Leave a group",
		long: `You keep its history up to now. To come back, somebody in it must add you. Its last
owner makes another one first: coffer group role NAME HANDLE owner.`,
		example: `  coffer group leave family`,
		args:    []string{"NAME"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("left", args[0], e.GroupLeave(ctx, args[0]))
			})
		},
	})
}
