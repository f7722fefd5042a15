package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) acceptCommand() *cobra.Command {
	return a.command(spec{
		use:   "accept HANDLE",
		short: "Take up what a stranger has begun",
		long: `The conversation is then one like any other, on all your devices. Answering it does
the same. Until then the stranger learns nothing from you.`,
		example: "  coffer list --requests\n  coffer accept dave",
		args:    []string{"HANDLE"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("accepted", args[0], e.Accept(ctx, args[0]))
			})
		},
	})
}

func (a *app) declineCommand() *cobra.Command {
	return a.command(spec{
		use:   "decline HANDLE",
		short: "Refuse what a stranger has begun",
		long: `They are blocked, on all your devices, and not told. 'coffer block HANDLE --off' lets
them ask again, 'coffer accept HANDLE' takes it up after all.`,
		example: `  coffer decline mallory`,
		args:    []string{"HANDLE"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("declined", args[0], e.Decline(ctx, args[0]))
			})
		},
	})
}
