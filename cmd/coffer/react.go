package main

import (
	"context"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/core/content"
)

func (a *app) reactCommand() *cobra.Command {
	var remove bool
	cmd := a.command(spec{
		use:   "react ID EMOJI [--remove]",
		short: "React to a message",
		long:  `The emoji is seen by everybody in the conversation.`,
		example: `  coffer react 01c2d3e4f5 👍
  coffer react 01c2d3e4f5 👍 --remove`,
		args: []string{"ID", "EMOJI"},
		run: func(ctx context.Context, args []string) error {
			if len(args[1]) > content.MaxReaction || !utf8.ValidString(args[1]) {
				return usagef("%q is no emoji", args[1])
			}
			return a.engine(ctx, func(e engine) error {
				action := "reacted"
				if remove {
					action = "reaction removed"
				}
				return a.done(action, args[0], changing(ctx, e, args[0], func() error { return e.React(ctx, args[0], args[1], remove) }))
			})
		},
	})
	cmd.Flags().BoolVar(&remove, "remove", false, "take the reaction back")
	return cmd
}
