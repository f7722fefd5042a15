package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

func (a *app) syncCommand() *cobra.Command {
	var attachments bool
	var upTo string
	limit := int64(client.DefaultCopyLimit)
	cmd := a.command(spec{
		use:   "sync [--attachments [--up-to SIZE]]",
		short: "Send what is queued and fetch what is new",
		long: `It also goes on with a restore that was cut short, and sees to it that devices
that were removed can read nothing new. Attachments of the last weeks come behind
the messages (see 'coffer storage auto'), with --attachments all of them, the newest
first, so that 'coffer save' needs no server for them; Ctrl-C loses nothing.
'coffer storage free' drops them again.`,
		example: "  coffer sync\n  coffer sync --attachments --up-to 100MB",
		run: func(ctx context.Context, _ []string) (err error) {
			if upTo != "" {
				if !attachments {
					return usagef("--up-to goes with --attachments")
				}
				if limit, err = parseSize(upTo); err != nil {
					return err
				}
			}
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
				if attachments {
					return a.fetchAttachments(ctx, e, limit)
				}
				return a.fetchRecent(ctx, e)
			})
		},
	})
	cmd.Flags().BoolVar(&attachments, "attachments", false, "fetch all attachments")
	cmd.Flags().StringVar(&upTo, "up-to", "", "attachments of up to this `SIZE` each, such as 100MB (default 10MB)")
	return cmd
}
