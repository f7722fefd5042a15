package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) searchCommand() *cobra.Command {
	var in string
	cmd := a.command(spec{
		use:   "search WORDS… [--in TO]",
		short: "Find messages that hold all the words",
		long:  `The search happens on this device; the server does not see it.`,
		example: `  coffer search train tickets
  coffer search dentist --in bob`,
		args: []string{"WORDS…"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				found, err := e.Search(ctx, args, in)
				if err != nil {
					return err
				}
				var n names
				if !a.json {
					if n, err = namesOf(ctx, e); err != nil {
						return err
					}
				}
				a.progress.end()
				for _, m := range found {
					if a.json {
						writeObject(a.out, messageOf(m))
					} else {
						a.printFound(n, m)
					}
				}
				if len(found) == 0 {
					a.note("Nothing was found.")
				}
				return nil
			})
		},
	})
	cmd.Flags().StringVar(&in, "in", "", "only in the conversation with `TO`")
	return cmd
}

func (a *app) printFound(n names, m client.Message) {
	s := a.style()
	text := strings.Join(strings.Fields(plain.Text(m.Text)), " ")
	fmt.Fprintf(a.out, "%s  %s  %s: %s  %s\n", s.dim(a.dayTime(m.Time)), s.dim(n.of(m)),
		s.bold(plain.Line(m.SenderHandle)), text, s.dim("["+shortID(m)+"]"))
}
