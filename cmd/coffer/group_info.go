package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) groupInfoCommand() *cobra.Command {
	return a.command(spec{
		use:     "info NAME",
		short:   "Show who is in a group, and who keeps its history",
		long:    `Forward secrecy exists only in conversations whose history nobody keeps.`,
		example: `  coffer group info family`,
		args:    []string{"NAME"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				c, err := e.GroupInfo(ctx, args[0])
				if err != nil {
					return err
				}
				a.print(conversationOf(c), func(w io.Writer) { a.printConversation(w, c) })
				return nil
			})
		},
	})
}

func (a *app) printConversation(w io.Writer, c client.Conversation) {
	s := a.style()
	fmt.Fprintf(w, "%s  %s\n", s.bold(conversationName(c)), s.dim(c.ID.String()))
	var rows [][]string
	for _, p := range c.Participants {
		keeps := "keeps no history"
		if slices.Contains(c.KeepsHistory, p.Account) {
			keeps = "keeps history"
		}
		rows = append(rows, []string{"  " + plain.Line(p.Handle), roleWord(p.Role), keeps, plain.Line(p.Name), resetWord(p.Reset)})
	}
	table(w, rows, nil)
	fmt.Fprintf(w, "%s, the last %s\n", plural(int(c.Messages), "message", "messages"), orNever(a.shortTime(c.LastActivity)))
	if c.Expiry > 0 {
		fmt.Fprintf(w, "New messages disappear after %s.\n", client.FormatExpiry(c.Expiry))
	}
	if c.History {
		fmt.Fprintln(w, "Newcomers are given what is written since that was turned on.")
	}
	if c.Pending > 0 {
		fmt.Fprintln(w, s.warn(plural(c.Pending, "removal", "removals")+" still to take effect; 'coffer sync' sees to it"))
	}
	if c.Number != nil {
		a.printHistoryNumber(w, *c.Number)
	}
	if c.Left {
		fmt.Fprintln(w, "You have left this group.")
	}
}

func orNever(t string) string {
	if t == "" {
		return "never"
	}
	return t
}
