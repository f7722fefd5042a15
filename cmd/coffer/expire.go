package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) expireCommand() *cobra.Command {
	return a.expiryCommand("expire TO DURATION|off", "TO", "Make a conversation's new messages disappear",
		"  coffer expire bob 1d\n  coffer expire '#family' off")
}

func (a *app) groupExpireCommand() *cobra.Command {
	return a.expiryCommand("expire NAME DURATION|off", "NAME", "Make a group's new messages disappear",
		"  coffer group expire family 4w\n  coffer group expire family off")
}

func (a *app) expiryCommand(use, to, short, example string) *cobra.Command {
	return a.command(spec{
		use:   use,
		short: short,
		long: `DURATION is 30s to 4w: a whole number and s, m, h, d or w. Messages that are
written from then on disappear so long after they were sent: from every device
and from the server, with their files, and no restore brings them back. In a
group, its owner and admins can change this. Who has seen a message has seen it.`,
		example: example,
		args:    []string{to, "DURATION|off"},
		run: func(ctx context.Context, args []string) error {
			d, err := expiryOf(args[1])
			if err != nil {
				return err
			}
			return a.engine(ctx, func(e engine) error {
				name := args[0]
				if to == "NAME" {
					c, err := e.GroupInfo(ctx, name)
					if err != nil {
						return err
					}
					name = c.ID.String()
				}
				c, err := e.SetExpiry(ctx, name, d)
				if err != nil {
					return err
				}
				a.print(conversationOf(c), func(w io.Writer) {
					if c.Expiry == 0 {
						fmt.Fprintf(w, "new messages to %s stay\n", conversationName(c))
						return
					}
					fmt.Fprintf(w, "new messages to %s disappear after %s\n", conversationName(c), client.FormatExpiry(c.Expiry))
				})
				return nil
			})
		},
	})
}

func expiryOf(text string) (time.Duration, error) {
	if text == "off" {
		return 0, nil
	}
	return client.ParseExpiry(text)
}
