package main

import (
	"context"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/spf13/cobra"
)

func (a *app) joinCommand() *cobra.Command {
	link := secretFile{flag: "link-file", what: "link", advice: "Paste the invite link; it is not shown."}
	cmd := a.command(spec{
		use:   "join [--link-file F]",
		short: "Follow an invite link to a group",
		long: `It asks who has made the link, and the other admins whom it names, in encrypted
messages, to add you. The group is here once a device of one of them has seen it. The link is a secret, so it is pasted or read
from a file.`,
		example: "  coffer join\n  coffer join --link-file invite.txt",
		run: func(ctx context.Context, _ []string) error {
			text, err := link.get(ctx, a, false)
			if err != nil {
				return err
			}
			defer clear(text)
			return a.engine(ctx, func(e engine) error {
				c, err := e.Join(ctx, string(text))
				if err != nil {
					return err
				}
				a.print(doneObject{"done", "asked", c.Handle}, func(w io.Writer) {
					fmt.Fprintf(w, "asked %s\n", plain.Line(c.Handle))
				})
				a.note("The group is here once a device of %s, or of another admin, has seen it: coffer sync", plain.Line(c.Handle))
				return nil
			})
		},
	})
	link.add(cmd, "`file` with the link in its first line (- is standard input)")
	return cmd
}
