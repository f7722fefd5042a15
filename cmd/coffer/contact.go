package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

type contactObject struct {
	Type    string `json:"type"`
	Handle  string `json:"handle"`
	Account string `json:"account"`
	Link    string `json:"link"`
}

func contactObjectOf(c client.Contact) contactObject {
	return contactObject{"contact", c.Handle, c.Account, c.Link}
}

func (a *app) contactCommand() *cobra.Command {
	var drawn bool
	var file qrFile
	cmd := a.command(spec{
		use:   "contact [--qr] [--png FILE]",
		short: "Show the link by which others know that it is you",
		long: `Give it to people on a channel of their own: on paper, in a mail, on your page. Who
follows it with 'coffer contact add' need not believe the server who you are. It is
no secret.`,
		example: "  coffer contact --qr\n  coffer contact --png me.png",
		run: func(ctx context.Context, _ []string) error {
			if err := file.check(); err != nil {
				return err
			}
			return a.engine(ctx, func(e engine) error {
				c, err := e.Contact(ctx)
				if err != nil {
					return err
				}
				if err := file.write(c.Link); err != nil {
					return err
				}
				code, err := qrText(c.Link)
				if err != nil {
					return err
				}
				a.print(contactObjectOf(c), func(w io.Writer) {
					if drawn {
						fmt.Fprint(w, code)
					}
					fmt.Fprintln(w, c.Link)
				})
				return nil
			})
		},
	})
	cmd.Flags().BoolVar(&drawn, "qr", false, "draw it as a QR code")
	file.flag = "png"
	cmd.Flags().StringVar(&file.path, "png", "", "write the QR code as a picture to this new `file`")
	cmd.AddCommand(a.contactAddCommand(), a.contactAcceptCommand())
	return cmd
}

func (a *app) contactAddCommand() *cobra.Command {
	return a.command(spec{
		use:   "add LINK",
		short: "Take somebody's contact link",
		long: `From then on the handle means the account in the link, on all your devices, whatever
the server says. Where the server, or what was known here, says something else,
nothing is changed and the exit code is 6.`,
		example: `  coffer contact add 'coffer://chat.example.org/bob#zm2nlabmvx2rfsfcumdq2qfdn5majn2u432dcj3hhuv64yqrtcha'`,
		args:    []string{"LINK"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				c, err := e.AddContact(ctx, args[0])
				if err != nil {
					return err
				}
				a.print(contactObjectOf(c), func(w io.Writer) {
					fmt.Fprintf(w, "%s is %s\n", plain.Line(c.Handle), plain.Line(c.Account))
				})
				return nil
			})
		},
	})
}
