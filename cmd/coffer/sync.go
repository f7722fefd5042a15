package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

func (a *app) syncCommand() *cobra.Command {
	return a.command(spec{
		use:   "sync",
		short: "Send what is queued and fetch what is new",
		long: `It also goes on with a restore that was cut short, and sees to it that devices
that were removed can read nothing new.`,
		example: `  coffer sync`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				s, err := e.Sync(ctx)
				if told := a.tellNotices(ctx, e); err == nil {
					err = told
				}
				if err != nil {
					return err
				}
				a.print(syncedObject{"synced", s.Sent, s.Received, s.Pending}, func(w io.Writer) {
					fmt.Fprintf(w, "%s sent, %s received\n", plural(s.Sent, "message", "messages"), thousands(int64(s.Received)))
					if s.Pending > 0 {
						fmt.Fprintf(w, "%s still to do; run sync again\n", thousands(int64(s.Pending)))
					}
				})
				return nil
			})
		},
	})
}
