package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) devicesCommand() *cobra.Command {
	return a.command(spec{
		use:     "devices",
		short:   "List the account's devices",
		long:    `Each of them can read everything. A lost one is removed by 'coffer restore --lost'.`,
		example: `  coffer devices`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				list, err := e.Devices(ctx)
				if err != nil {
					return err
				}
				a.printKeyholders(list)
				return nil
			})
		},
	})
}

// printKeyholders prints devices or ways back in.
func (a *app) printKeyholders(list []client.Keyholder) {
	a.progress.end()
	if a.json {
		for _, k := range list {
			writeObject(a.out, keyholderOf(k))
		}
		return
	}
	var rows [][]string
	for _, k := range list {
		name, about := escapeLine(k.Name), ""
		if k.Kind.IsRecovery() || name == "" {
			name = kindName(k)
		}
		switch {
		case k.Removed:
			about = "removed"
		case k.This:
			about = "this device"
		case k.Place != "":
			about = "in " + escapeLine(k.Place)
		}
		rows = append(rows, []string{name, k.ID.String(), "since " + a.shortTime(k.Added), about})
	}
	s := a.style()
	table(a.out, rows, func(_, column int, text string) string {
		if column == 0 {
			return s.bold(text)
		}
		return s.dim(text)
	})
}
