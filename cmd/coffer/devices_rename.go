package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/spf13/cobra"
)

func (a *app) renameCommand() *cobra.Command {
	return a.command(spec{
		use:     "rename ID NAME…",
		short:   "Give a device another name",
		long:    `Only your own devices see it. ID is from 'coffer devices', any beginning of it that is unique.`,
		example: `  coffer devices rename 5ktq Kitchen tablet`,
		args:    []string{"ID", "NAME…"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error {
				k, err := e.RenameDevice(ctx, args[0], strings.Join(args[1:], " "))
				if err != nil {
					return err
				}
				a.print(keyholderOf(k), func(w io.Writer) { fmt.Fprintf(w, "%s is called %s now\n", k.ID, plain.Line(k.Name)) })
				return nil
			})
		},
	})
}
