package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) groupAddCommand() *cobra.Command {
	return a.membersCommand("add", "added", "Add people to a group",
		"They can read what is written from now on, not what was before.",
		func(ctx context.Context, e engine, name string, handles []string) error {
			return e.GroupAdd(ctx, name, handles)
		})
}

func (a *app) groupRemoveCommand() *cobra.Command {
	return a.membersCommand("remove", "removed", "Remove people from a group",
		"They keep what they could read, and cannot read what is written from now on.",
		func(ctx context.Context, e engine, name string, handles []string) error {
			return e.GroupRemove(ctx, name, handles)
		})
}

func (a *app) membersCommand(word, done, short, long string, change func(ctx context.Context, e engine, name string, handles []string) error) *cobra.Command {
	return a.command(spec{
		use:     word + " NAME HANDLE…",
		short:   short,
		long:    long,
		example: "  coffer group " + word + " family dave",
		args:    []string{"NAME", "HANDLE…"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				if err := change(ctx, e, args[0], args[1:]); err != nil {
					return err
				}
				return a.done(done, strings.Join(args[1:], " "), nil)
			})
		},
	})
}
