package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/spf13/cobra"
)

func (a *app) addCodeCommand() *cobra.Command {
	var out string
	cmd := a.command(spec{
		use:   "code [--code-out F]",
		short: "Make a recovery code to write down",
		long: `It is shown once and kept nowhere. Whoever has it can read everything, so keep it
as you keep a passport. Up to three characters may be misread or lost.`,
		example: `  coffer recovery add code
  coffer recovery add code --code-out code.txt`,
		run: func(ctx context.Context, _ []string) error {
			return a.engine(ctx, func(e engine) error { return a.addCode(ctx, e, out) })
		},
	})
	cmd.Flags().StringVar(&out, "code-out", "", "write the code to this new `file` instead of showing it")
	return cmd
}

func (a *app) addCode(ctx context.Context, e engine, out string) error {
	var file *os.File
	if out != "" {
		// The file comes first: a code that cannot be kept must not be added.
		f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return usagef("--code-out: %s exists and is not replaced", out)
		}
		if err != nil {
			return usagef("--code-out: %s", err)
		}
		file = f
	}
	code, k, err := e.AddCode(ctx)
	if file != nil {
		if err != nil {
			return errors.Join(err, file.Close(), os.Remove(out))
		}
		_, werr := fmt.Fprintln(file, code)
		if werr = errors.Join(werr, file.Sync(), file.Close(), syncFolder(filepath.Dir(out))); werr != nil {
			return failf(werr, "the code could not be written; remove it with: coffer recovery remove %s", k.ID)
		}
	}
	if err != nil {
		return err
	}
	o := codeObject{Type: "code", ID: k.ID.String(), Path: out}
	if out == "" {
		o.Code = code
		a.note("Your recovery code. Write it down now: it is not shown again.")
	}
	a.print(o, func(w io.Writer) {
		if out == "" {
			fmt.Fprintln(w, code)
		} else {
			fmt.Fprintf(w, "The recovery code is in %s.\n", plain.Line(out))
		}
	})
	a.note("Check it later with: coffer recovery test")
	return nil
}
