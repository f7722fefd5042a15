package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

// errEnough ends a watch that has shown what it was to show.
var errEnough = errors.New("enough")

func (a *app) watchCommand() *cobra.Command {
	var count int
	var cmd *cobra.Command
	cmd = a.command(spec{
		use:   "watch [TO] [--count N]",
		short: "Show messages as they come",
		long: `Of all conversations, or of one. It ends with Ctrl-C, or after N messages. With
--json it also says who is typing.`,
		example: `  coffer watch
  coffer watch bob --count 1
  coffer watch --json | while read -r line; do …; done`,
		args: []string{"TO?"},
		run: func(ctx context.Context, args []string) error {
			if cmd.Flags().Changed("count") && count <= 0 {
				return usagef("--count must be at least 1")
			}
			to := ""
			if len(args) > 0 {
				to = args[0]
			}
			return a.engine(ctx, func(e engine) error { return a.watch(ctx, e, to, count) })
		},
	})
	cmd.Flags().IntVar(&count, "count", 0, "end after `N` messages")
	return cmd
}

func (a *app) watch(ctx context.Context, e engine, to string, count int) error {
	v := newView(a, nil)
	if to == "" {
		names, err := namesOf(ctx, e)
		if err != nil {
			return err
		}
		v.where = names.of
	}
	if err := a.tellNotices(ctx, e); err != nil {
		return err
	}
	seen := 0
	err := e.Watch(ctx, to, func(m client.Message) error {
		if a.json {
			writeObject(a.out, entryOf(m))
		} else {
			a.progress.end()
			v.print(a.out, m)
		}
		if m.Event == "" {
			seen++
		}
		if count > 0 && seen >= count {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	if err == nil {
		err = ctx.Err() // nothing but a signal ends it otherwise
	}
	return err
}
