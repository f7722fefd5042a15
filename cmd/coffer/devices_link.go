package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) devicesLinkCommand() *cobra.Command {
	var types, yes bool
	l := &linkFlags{}
	cmd := a.command(spec{
		use:   "link [--type] [--code-file F] [--qr-out FILE] [--yes]",
		short: "Let another device of yours into the account",
		long: `It shows a code of six digits, and on a terminal the same as a QR code. On the
new device call 'coffer link HANDLE --server URL' and type it there. Then this
device shows what asks to be let in, and you decide.

With --type the new device shows the code ('coffer link … --show') and it is
typed here.

Whoever is let in can read everything. Never tell the code to anybody, whoever
asks for it.`,
		example: `  coffer devices link
  coffer devices link --qr-out link.png
  coffer devices link --type`,
		run: func(ctx context.Context, _ []string) error {
			if err := l.check(a, !types); err != nil {
				return err
			}
			if !yes && (!a.term.Interactive() || a.json) {
				return usagef("nobody can be asked whether the device may be let in; --yes lets it in unasked")
			}
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			o := client.LinkOptions{Confirm: func(ctx context.Context, r client.LinkRequest) (bool, error) {
				if yes {
					return true, nil
				}
				return a.askLink(ctx, r)
			}}
			if types {
				o.Ask = l.ask(a)
			} else {
				o.Show = l.show(a, cancel, "On the new device type it after: coffer link HANDLE --server URL")
			}
			return a.engine(ctx, func(e engine) error {
				k, err := e.LinkDevice(ctx, o)
				if l.err != nil {
					return l.err
				}
				if err != nil {
					return err
				}
				a.print(keyholderOf(k), func(w io.Writer) {
					fmt.Fprintf(w, "linked %s %s\n", kindOrName(k), k.ID)
				})
				return nil
			})
		},
	})
	cmd.Flags().BoolVar(&types, "type", false, "the new device shows the code, and it is typed here")
	cmd.Flags().BoolVar(&yes, "yes", false, "let the device in without asking")
	l.add(cmd)
	return cmd
}

// askLink asks whether a device may be let in. Only a yes is one.
func (a *app) askLink(ctx context.Context, r client.LinkRequest) (bool, error) {
	a.progress.end()
	name := plain.Line(r.Name)
	if name == "" {
		name = "a device without a name"
	}
	for range 3 {
		answer, err := a.term.ReadLine(ctx, fmt.Sprintf("%s (%s) asks to be let in; it could read everything. Is it yours? [yes/no] ", name, plain.Line(r.Platform)))
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "yes", "y":
			return true, nil
		case "no", "n":
			return false, nil
		}
	}
	return false, nil
}
