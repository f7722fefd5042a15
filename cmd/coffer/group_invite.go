package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

type inviteObject struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Group   string `json:"group"`
	Name    string `json:"name"`
	Link    string `json:"link,omitempty"`
	By      string `json:"by"`
	Expires string `json:"expires"`
	Uses    int    `json:"uses"`
	Used    int    `json:"used"`
}

func inviteOf(i client.Invite) inviteObject {
	return inviteObject{"invite", i.ID, i.Group.ID.String(), i.Group.Name, i.Link, i.By, timestamp(i.Expires), i.Uses, i.Used}
}

func (a *app) groupInviteCommand() *cobra.Command {
	var span string
	var uses int
	var drawn bool
	file := qrFile{flag: "png"}
	cmd := a.command(spec{
		use:   "invite NAME [--for DURATION] [--uses N] [--qr] [--png FILE]",
		short: "Make a link by which people are added to a group",
		long: `Whoever has the link can ask to be added; a device of yours, or of another admin
whom the link names, adds them when it next syncs, without asking you. It names
those who are admins when it is shown; 'coffer group invites --json' shows it anew,
with who has become one since. It is for owners and admins, and ends when you are none any more. The server learns neither
the link nor that there is one. Who was removed does not come back by the same link.`,
		example: "  coffer group invite family --for 1d --uses 3\n  coffer group invite family --qr",
		args:    []string{"NAME"},
		run: func(ctx context.Context, args []string) error {
			life, err := client.ParseExpiry(span)
			if err != nil {
				return err
			}
			if err := file.check(); err != nil {
				return err
			}
			return a.engine(ctx, func(e engine) error {
				i, err := e.GroupInvite(ctx, args[0], life, uses)
				if err != nil {
					return err
				}
				if err := file.write(i.Link); err != nil {
					return err
				}
				code, err := qrText(i.Link)
				if err != nil {
					return err
				}
				a.print(inviteOf(i), func(w io.Writer) {
					if drawn {
						fmt.Fprint(w, code)
					}
					fmt.Fprintln(w, i.Link)
				})
				a.note("Good for %s until %s. Give it to them only: whoever has it is added.", plural(i.Uses, "person", "people"), a.dayTime(i.Expires))
				return nil
			})
		},
	})
	f := cmd.Flags()
	f.StringVar(&span, "for", client.FormatExpiry(7*24*time.Hour), "how long it is good, a `duration` such as 8h, at most 4w")
	f.IntVar(&uses, "uses", 1, "how many people it lets in")
	f.BoolVar(&drawn, "qr", false, "draw it as a QR code")
	f.StringVar(&file.path, "png", "", "write the QR code as a picture to this new `file`")
	return cmd
}

func (a *app) groupInvitesCommand() *cobra.Command {
	return a.command(spec{
		use:   "invites [NAME]",
		short: "List the invite links of your groups",
		long: `Those that are neither over nor revoked, of one group or of all, where you are an
admin. Only who has made a link can show it: --json does.`,
		example: `  coffer group invites family`,
		args:    []string{"NAME?"},
		run: func(ctx context.Context, args []string) error {
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			return a.engine(ctx, func(e engine) error {
				list, err := e.GroupInvites(ctx, name)
				if err != nil {
					return err
				}
				if a.json {
					for _, i := range list {
						writeObject(a.out, inviteOf(i))
					}
					return nil
				}
				a.progress.end()
				if len(list) == 0 {
					a.note("There is no invite.")
				}
				var rows [][]string
				for _, i := range list {
					rows = append(rows, []string{
						i.ID[:10], conversationName(i.Group), fmt.Sprintf("%d of %d used", i.Used, i.Uses), "until " + a.dayTime(i.Expires), "by " + plain.Line(i.By),
					})
				}
				table(a.out, rows, nil)
				return nil
			})
		},
	})
}

func (a *app) groupUninviteCommand() *cobra.Command {
	return a.command(spec{
		use:     "uninvite ID",
		short:   "Revoke an invite link",
		long:    `From now on it lets nobody in. Who is in already stays. Any admin of the group can.`,
		example: "  coffer group invites\n  coffer group uninvite h7xk2m",
		args:    []string{"ID"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				return a.done("revoked", args[0], e.RevokeInvite(ctx, args[0]))
			})
		},
	})
}
