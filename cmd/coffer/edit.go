package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) editCommand() *cobra.Command {
	return a.command(spec{
		use:     "edit ID TEXT…",
		short:   "Change the text of a message of yours",
		long:    `Up to 15 minutes after it was sent. Everybody sees that it was edited.`,
		example: `  coffer edit 01c2d3e4f5 See you at nine?`,
		args:    []string{"ID", "TEXT…"},
		run: func(ctx context.Context, args []string) error {
			text, err := a.textOf(args[1:], false)
			if err != nil {
				return err
			}
			return a.engine(ctx, func(e engine) error {
				var m client.Message
				err := changing(ctx, e, args[0], func() (err error) {
					m, err = e.Edit(ctx, args[0], text)
					return err
				})
				if err == nil {
					a.print(messageOf(m), func(w io.Writer) { fmt.Fprintf(w, "edited %s\n", shortID(m)) })
				}
				return err
			})
		},
	})
}
