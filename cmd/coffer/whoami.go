package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) whoamiCommand() *cobra.Command {
	return a.command(spec{
		use:     "whoami",
		short:   "Show the account and the device that this home holds",
		long:    `The account id names you for ever; your handle points to it.`,
		example: `  coffer whoami`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error {
				id, err := e.Whoami(ctx)
				if err != nil {
					return err
				}
				a.print(identityOf(id), func(w io.Writer) {
					table(w, [][]string{
						{"handle", plain.Line(id.Handle)},
						{"server", plain.Line(id.Server)},
						{"address", plain.Line(fmt.Sprintf("im:%s@%s", id.Handle, id.Host))},
						{"account", id.Account},
						{"device", plain.Line(fmt.Sprintf("%s (%s)", id.DeviceName, id.Device))},
					}, a.firstColumnDim)
				})
				return nil
			})
		},
	})
}

func identityOf(id client.Identity) identityObject {
	return identityObject{"identity", id.Handle, id.Account, id.Host, id.Server, id.Device, id.DeviceName}
}

// firstColumnDim paints a table whose first column only names the second.
func (a *app) firstColumnDim(_, column int, text string) string {
	if column == 0 {
		return a.style().dim(text)
	}
	return text
}
