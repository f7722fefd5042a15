package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) forwardCommand() *cobra.Command {
	return a.command(spec{
		use:   "forward ID TO",
		short: "Send a message once more, to another conversation",
		long: `Its text and files are sent as a message of yours; who wrote it first is not
told. Files are not uploaded again: they go when the first message is unsent.
A message that is to disappear cannot be forwarded.`,
		example: `  coffer forward 01c2d3e4f5 '#family'`,
		args:    []string{"ID", "TO"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				m, err := e.Forward(ctx, args[0], args[1])
				a.printSent(m, err)
				return queued(m, err)
			})
		},
	})
}
