package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

// defaultPage is how many messages history shows unless told otherwise.
const defaultPage = 50

func (a *app) historyCommand() *cobra.Command {
	var p client.Page
	var all bool
	var cmd *cobra.Command
	cmd = a.command(spec{
		use:   "history TO [--limit N | --all] [--before SEQ]",
		short: "Show a conversation's messages, oldest first",
		long: `Each message ends with its id, shortened; commands that take an ID understand
any beginning of it that is unique.`,
		example: `  coffer history bob
  coffer history '#family' --all
  coffer history bob --limit 20 --before 341`,
		args: []string{"TO"},
		run: func(ctx context.Context, args []string) error {
			switch changed := cmd.Flags().Changed; {
			case all && changed("limit"):
				return usagef("--limit and --all: only one of these at once")
			case p.Limit <= 0:
				return usagef("--limit must be at least 1")
			case changed("before") && p.Before == 0:
				return usagef("--before must be at least 1")
			}
			if all {
				p.Limit = 0
			}
			return a.engine(ctx, func(e engine) error { return a.history(ctx, e, args[0], p) })
		},
	})
	f := cmd.Flags()
	f.IntVar(&p.Limit, "limit", defaultPage, "show the newest `N` messages")
	f.BoolVar(&all, "all", false, "show all messages")
	f.Uint64Var(&p.Before, "before", 0, "only messages before this place in the conversation (`SEQ`)")
	return cmd
}

func (a *app) history(ctx context.Context, e engine, to string, p client.Page) error {
	list, err := newest(ctx, e, to, p)
	if err != nil {
		return err
	}
	a.progress.end()
	if a.json {
		for _, m := range list {
			writeObject(a.out, entryOf(m))
		}
		return nil
	}
	if len(list) == 0 {
		a.note("There is no message here.")
	}
	v := newView(a, list)
	for _, m := range list {
		v.print(a.out, m)
	}
	return nil
}

// newest returns the newest messages, with the events between and after them:
// an engine's page counts events too.
func newest(ctx context.Context, e engine, to string, p client.Page) ([]client.Message, error) {
	want := p.Limit
	for {
		list, err := e.History(ctx, to, p)
		if err != nil || want == 0 {
			return list, err
		}
		messages := 0
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].Event == "" {
				messages++
			}
			if messages == want {
				return list[i:], nil
			}
		}
		if len(list) < p.Limit {
			return list, nil
		}
		p.Limit *= 2
	}
}
