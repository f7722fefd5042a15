package main

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) importCommand() *cobra.Command {
	return parentOf("import", "Bring a history from elsewhere", "What is imported is sealed and restored like everything else.", a.importMessengerCommand())
}

func (a *app) importMessengerCommand() *cobra.Command {
	var me string
	cmd := a.command(spec{
		use:   "messenger PATH [--me NAME]",
		short: "Import a Facebook Messenger export",
		long: `PATH is the folder or the .zip file that Facebook made, in JSON. Importing it again
adds nothing twice.`,
		example: `  coffer import messenger ~/Downloads/facebook-alice.zip
  coffer import messenger export/ --me "Alice Example"`,
		args: []string{"PATH"},
		run: func(ctx context.Context, args []string) error {
			fsys, closer, err := openExport(args[0])
			if err != nil {
				return err
			}
			defer closer.Close()
			return a.engine(ctx, func(e engine) error {
				n, err := e.ImportMessenger(ctx, fsys, me)
				if err != nil {
					return err
				}
				a.print(importedOf(n), func(w io.Writer) { printImported(w, n) })
				return nil
			})
		},
	})
	cmd.Flags().StringVar(&me, "me", "", "your `NAME` in the export, where it cannot be told")
	return cmd
}

func printImported(w io.Writer, n client.Imported) {
	fmt.Fprintf(w, "Imported %s and %s in %s", plural(n.Messages, "message", "messages"),
		plural(n.Attachments, "attachment", "attachments"), plural(n.Threads, "conversation", "conversations"))
	if n.Skipped > 0 {
		fmt.Fprintf(w, "; %s had been imported before", thousands(int64(n.Skipped)))
	}
	fmt.Fprintln(w, ".")
	for _, p := range n.Problems {
		fmt.Fprintf(w, "  %s\n", plain.Line(p))
	}
}

func importedOf(n client.Imported) importedObject {
	o := importedObject{"imported", n.Threads, n.Messages, n.Attachments, n.Skipped, []string{}}
	o.Problems = append(o.Problems, n.Problems...)
	return o
}

// openExport opens a folder or a .zip file.
func openExport(path string) (fs.FS, io.Closer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, usagef("%s", err)
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path) // follows no link out of the folder
		if err != nil {
			return nil, nil, usagef("%s", err)
		}
		return root.FS(), root, nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, nil, usagef("%s is neither a folder nor a .zip file", path)
	}
	return z, z, nil
}
