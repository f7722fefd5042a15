package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
)

type autoObject struct {
	Type string `json:"type"`
	On   bool   `json:"on"`
	Days int    `json:"days"`
	UpTo int64  `json:"upTo"`
}

func (a *app) storageAutoCommand() *cobra.Command {
	var days int
	var upTo string
	var cmd *cobra.Command
	cmd = a.command(spec{
		use:   "auto [on|off] [--days N] [--up-to SIZE]",
		short: "Which attachments come to this device by themselves",
		long: fmt.Sprintf(`Those of the last %d days, of up to %s each, unless you say otherwise: 'sync' and
'watch' bring them, the newest first, once all messages are here. They then open
without the server. It is set for this device alone, and what is here stays here.
Without an argument or flag it says how it is. 'coffer sync --attachments' brings
all there are.`, client.DefaultCopyDays, size(client.DefaultCopyLimit)),
		example: "  coffer storage auto\n  coffer storage auto --days 7 --up-to 50MB\n  coffer storage auto off",
		args:    []string{"on|off?"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				before, err := e.AutoCopies(ctx)
				if err != nil {
					return err
				}
				set := before
				if cmd.Flags().Changed("days") {
					set.Days, set.On = days, true
				}
				if upTo != "" {
					if set.UpTo, err = parseSize(upTo); err != nil {
						return err
					}
					set.On = true
				}
				if len(args) > 0 {
					switch args[0] {
					case "on", "off":
						set.On = args[0] == "on"
					default:
						return usagef("it is on or off")
					}
				}
				if set != before {
					if err := e.SetAutoCopies(ctx, set); err != nil {
						return err
					}
				}
				a.print(autoObject{"auto", set.On, set.Days, set.UpTo}, func(w io.Writer) {
					if !set.On {
						fmt.Fprintln(w, "no attachments come by themselves")
						return
					}
					fmt.Fprintf(w, "attachments of the last %s, up to %s each, come by themselves\n", plural(set.Days, "day", "days"), size(set.UpTo))
				})
				return nil
			})
		},
	})
	cmd.Flags().IntVar(&days, "days", client.DefaultCopyDays, "of messages of the last `N` days")
	cmd.Flags().StringVar(&upTo, "up-to", "", "attachments of up to this `SIZE` each, such as 50MB")
	return cmd
}

// fetchRecent brings what comes by itself, and says what has come.
func (a *app) fetchRecent(ctx context.Context, e engine) error {
	f, err := e.FetchRecent(ctx)
	if f.Files > 0 {
		a.print(fetchedObject{"fetched", f.Files, f.Bytes, f.Here, f.Large, f.Gone}, func(w io.Writer) {
			fmt.Fprintf(w, "%s fetched, %s\n", plural(f.Files, "attachment", "attachments"), size(f.Bytes))
		})
	}
	return err
}
