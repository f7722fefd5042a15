package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/spf13/cobra"
)

type draftObject struct {
	Type         string `json:"type"`
	Conversation string `json:"conversation"`
	Text         string `json:"text"`
}

func (a *app) draftCommand() *cobra.Command {
	var clear bool
	cmd := a.command(spec{
		use:   "draft TO [TEXT…] [--clear]",
		short: "Keep what is being written, for all your devices",
		long: `Nobody else sees it, and nothing is sent; 'coffer list' says where there is one.
Without TEXT the draft is printed as it is. --clear throws it away.`,
		example: `  coffer draft bob Dear Bob, about yesterday
  coffer draft bob
  coffer draft bob | coffer send bob --stdin && coffer draft bob --clear`,
		args: []string{"TO", "TEXT…?"},
		run: func(ctx context.Context, args []string) error {
			text := strings.Join(args[1:], " ")
			if clear && text != "" {
				return usagef("either a text or --clear")
			}
			return a.engine(ctx, func(e engine) error {
				if clear || text != "" {
					if err := e.SetDraft(ctx, args[0], text); err != nil {
						return err
					}
				}
				c, err := e.FindConversation(ctx, args[0])
				if err != nil {
					return err
				}
				a.print(draftObject{"draft", c.ID.String(), c.Draft}, func(w io.Writer) {
					switch {
					case clear:
						fmt.Fprintf(w, "no draft to %s\n", conversationName(c))
					case text != "":
						fmt.Fprintf(w, "kept as a draft to %s\n", conversationName(c))
					case c.Draft != "":
						fmt.Fprintln(w, plain.Text(c.Draft))
					default:
						a.note("There is no draft to %s.", conversationName(c))
					}
				})
				return nil
			})
		},
	})
	cmd.Flags().BoolVar(&clear, "clear", false, "throw the draft away")
	return cmd
}
