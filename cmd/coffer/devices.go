package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) devicesCommand() *cobra.Command {
	cmd := a.command(spec{
		use:   "devices",
		short: "List the account's devices",
		long: `Each of them can read everything. One that you no longer have is removed with
'coffer devices revoke'; while that has not reached every conversation, it is
listed here with how many it is out of.`,
		example: `  coffer devices
  coffer devices revoke 5ktq`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				list, err := e.Devices(ctx)
				if err != nil {
					return err
				}
				a.printKeyholders(list)
				left, err := e.Removals(ctx)
				if err != nil {
					return err
				}
				a.printRemovals(left)
				return nil
			})
		},
	})
	cmd.AddCommand(a.devicesLinkCommand(), a.renameCommand(), a.revokeCommand())
	return cmd
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
		name, about := plain.Line(k.Name), ""
		if k.Kind.IsRecovery() || name == "" {
			name = kindName(k)
		}
		switch {
		case k.Removed:
			about = "removed"
		case k.Spent:
			about = "used up: it opens nothing; set a new one with coffer recovery add pin"
		case k.This:
			about = "this device"
		case !k.LastSeen.IsZero():
			about = "seen " + a.shortTime(k.LastSeen)
		case k.Kind == account.KindPasskey && k.Name != "":
			about = "made on " + plain.Line(k.Name)
		case k.Place != "":
			about = "in " + plain.Line(k.Place)
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
