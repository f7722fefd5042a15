package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) groupHistoryCommand() *cobra.Command {
	return a.command(spec{
		use:   "history NAME on|off",
		short: "Whether newcomers are given a group's history",
		long: `Off at first; its owner and admins can change it, and everybody in the group sees
that they did. Who comes is then given what is written from now on, by an admin's
device: nothing of before, nothing that was unsent, deleted or has disappeared.
Their client verifies it, and names who gave it. Who was given it has it: turning
it off changes that for newcomers only.`,
		example: "  coffer group history family on\n  coffer group history family off",
		args:    []string{"NAME", "on|off"},
		run: func(ctx context.Context, args []string) error {
			if args[1] != "on" && args[1] != "off" {
				return usagef("it is on or off")
			}
			return a.engine(ctx, func(e engine) error {
				c, err := e.SetGroupHistory(ctx, args[0], args[1] == "on")
				if err != nil {
					return err
				}
				a.print(conversationOf(c), func(w io.Writer) {
					if c.History {
						fmt.Fprintf(w, "newcomers to %s are given what is written since this was turned on\n", conversationName(c))
						return
					}
					fmt.Fprintf(w, "newcomers to %s are given no history\n", conversationName(c))
				})
				return nil
			})
		},
	})
}
