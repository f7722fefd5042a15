package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

func (a *app) saveCommand() *cobra.Command {
	var out string
	cmd := a.command(spec{
		use:   "save ID [--out PATH]",
		short: "Save a message's attachments to files",
		long: `Each file is checked against the message before it gets its name. Without --out
it goes to this folder under its own name, and replaces no other file. --out is a
file's new name (an old file of this name is replaced), a folder, or - for
standard output. What was cut short is gone on from when the command is called
again.`,
		example: `  coffer save 01c2d3e4f5
  coffer save 01c2d3e4f5 --out ~/Pictures/
  coffer save 01c2d3e4f5 --out - | less`,
		args: []string{"ID"},
		run: func(ctx context.Context, args []string) error {
			return a.engine(ctx, func(e engine) error { return a.save(ctx, e, args[0], out) })
		},
	})
	cmd.Flags().StringVar(&out, "out", "", "a file's or folder's `PATH`, or - for standard output")
	return cmd
}

func (a *app) save(ctx context.Context, e engine, id, out string) error {
	m, err := e.FindMessage(ctx, id)
	if err != nil {
		return err
	}
	if len(m.Attachments) == 0 {
		return usagef("this message has no attachment")
	}
	if out == "-" {
		if len(m.Attachments) > 1 {
			return usagef("this message has %d attachments; they cannot all go to standard output", len(m.Attachments))
		}
		_, err := e.SaveAttachment(ctx, m.ID.String(), 0, a.out)
		return err
	}
	place, err := placeFor(out, len(m.Attachments))
	if err != nil {
		return err
	}
	for i, t := range m.Attachments {
		path, err := place.write(t.Name, t.SHA256, func(f client.PartialFile) error {
			_, err := e.ResumeAttachment(ctx, m.ID.String(), i, f)
			return err
		})
		if err != nil {
			return err
		}
		a.print(savedOf(m, t, path), func(w io.Writer) {
			fmt.Fprintf(w, "saved %s (%s)\n", plain.Line(path), size(t.Size))
		})
	}
	return nil
}

func savedOf(m client.Message, t client.Attachment, path string) savedObject {
	return savedObject{"saved", messageID(m), path, t.Name, t.Size, t.MediaType, hex.EncodeToString(t.SHA256[:])}
}
