package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

type removalObject struct {
	Type          string `json:"type"`
	ID            string `json:"id"`
	Kind          string `json:"kind"`
	Name          string `json:"name"`
	Reason        string `json:"reason"`
	Time          string `json:"time"`
	By            string `json:"by"`
	Conversations int    `json:"conversations"`
	Pending       int    `json:"pending"`
}

func removalOf(r client.Removal) removalObject {
	o := removalObject{
		Type: "removal", ID: r.Keyholder.ID.String(), Kind: r.Keyholder.Kind.String(), Name: r.Keyholder.Name,
		Reason: "lost", Time: timestamp(r.At), By: r.By.String(), Conversations: r.Conversations, Pending: r.Pending,
	}
	if r.Compromised {
		o.Reason = "compromised"
	}
	return o
}

func (a *app) revokeCommand() *cobra.Command {
	var compromised bool
	var keep []string
	cmd := a.command(spec{
		use:   "revoke ID [--compromised [--keep ID]…]",
		short: "Remove a device from the account",
		long: `It can read nothing that is sent after its removal has reached a conversation,
whoever helps it. That happens at once in all conversations, one by one; what
is left when this is cut short, 'coffer sync' goes on with. What the device has
read before, it keeps. ID is from 'coffer devices', any beginning of it that is
unique.

Without more the device counts as lost: gone, and nobody has it. --compromised
says that somebody else may have used it. Then every device and way back in that
was added on it is removed too, and what it vouched for is verified anew. --keep
names one of these that is to stay; it may be repeated.`,
		example: `  coffer devices revoke 5ktq
  coffer devices revoke 5ktq --compromised`,
		args: []string{"ID"},
		run: func(ctx context.Context, args []string) error {
			if len(keep) > 0 && !compromised {
				return usagef("--keep is for --compromised; without it only the device itself is removed")
			}
			return a.engine(ctx, func(e engine) error {
				list, err := e.Revoke(ctx, args[0], compromised, keep...)
				a.printRemovals(list)
				return err
			})
		},
	})
	cmd.Flags().BoolVar(&compromised, "compromised", false, "somebody else may have used it: remove what was added on it, too")
	cmd.Flags().StringSliceVar(&keep, "keep", nil, "`ID` of a device or way back in that it added, and that stays")
	return cmd
}

func (a *app) printRemovals(list []client.Removal) {
	for _, r := range list {
		a.print(removalOf(r), func(w io.Writer) {
			k := r.Keyholder
			fmt.Fprintf(w, "%s %s: removed from %s\n", kindOrName(k), k.ID, outOf(r))
			if r.Pending > 0 {
				a.note("It can still read what is sent in %s until 'coffer sync' has gone on.", plural(r.Pending, "conversation", "conversations"))
			}
		})
	}
}

// outOf says how far a removal has come, such as "12 of 14 conversations".
func outOf(r client.Removal) string {
	switch {
	case r.Pending == 0 && r.Conversations < 2:
		return plural(r.Conversations, "conversation", "conversations")
	case r.Pending == 0:
		return "all " + plural(r.Conversations, "conversation", "conversations")
	}
	return fmt.Sprintf("%s of %s", thousands(int64(r.Conversations-r.Pending)), plural(r.Conversations, "conversation", "conversations"))
}

// kindOrName is what people call a keyholder.
func kindOrName(k client.Keyholder) string {
	if k.Kind.IsRecovery() || k.Name == "" {
		return kindName(k)
	}
	return plain.Line(k.Name)
}
