package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) groupRoleCommand() *cobra.Command {
	return a.command(spec{
		use:   "role NAME HANDLE owner|admin|member",
		short: "Say what somebody may do in a group",
		long: `A member writes and adds people. An admin also removes people, makes and unmakes
admins, and changes the name and settings. An owner may do everything; a group keeps
at least one.`,
		example: `  coffer group role family bob admin`,
		args:    []string{"NAME", "HANDLE", "owner|admin|member"},
		run: func(ctx context.Context, args []string) error {
			role, err := client.ParseRole(args[2])
			if err != nil {
				return err
			}
			return a.engine(ctx, func(e engine) error {
				return a.done("made "+client.RoleName(role), args[1], e.GroupRole(ctx, args[0], args[1], role))
			})
		},
	})
}
