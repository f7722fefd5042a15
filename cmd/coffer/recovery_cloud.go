package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

const cloudPlaceHelp = `DEST is a folder, such as one that your cloud's program keeps in step, or
rclone:REMOTE:PATH, for which your own rclone program is run: iCloud Drive, Google
Drive, Dropbox, WebDAV, S3 and others, set up with 'rclone config'.`

func (a *app) addCloudCommand() *cobra.Command {
	var o client.CloudOptions
	password := secretFile{flag: "password-file", what: "password"}
	cmd := a.command(spec{
		use:   "cloud DEST [--password-file F]",
		short: "Keep half of a key in a cloud, and half at the server",
		long: `Neither half opens anything alone. ` + cloudPlaceHelp + `

Whoever gets at the file there could ask the server for the other half, as you
would, and would then show up as a new device. With --password-file the server
wants your sign-in password from them, and from you, too.

A new key replaces the one that was kept in the same place.`,
		example: `  coffer recovery add cloud ~/Nextcloud
  coffer recovery add cloud rclone:drive:coffer --password-file password.txt`,
		args: []string{"DEST"},
		run: func(ctx context.Context, args []string) (err error) {
			o.Place = args[0]
			if password.path != "" {
				if o.Password, err = password.get(ctx, a, true); err != nil {
					return err
				}
				defer clear(o.Password)
			}
			return a.engine(ctx, func(e engine) error {
				k, err := e.AddCloud(ctx, o)
				if err != nil {
					return err
				}
				a.print(keyholderOf(k), func(w io.Writer) {
					fmt.Fprintf(w, "Half of a key is in %s now, and half at the server (%s).\n", plain.Line(k.Place), k.ID)
				})
				a.note("Check it later with: coffer recovery test --cloud %s", plain.Line(k.Place))
				return nil
			})
		},
	})
	password.add(cmd, "`file` with the sign-in password in its first line (- is standard input)")
	return cmd
}

// restoreCloud restores by a cloud's key and asks for the password where the key
// wants it and there is somebody to ask.
func (a *app) restoreCloud(ctx context.Context, e engine, o client.RestoreOptions, password *secretFile) error {
	err := a.restore(ctx, e, o)
	if !errors.Is(err, client.ErrPasswordWanted) || !a.term.Interactive() {
		return err
	}
	if o.Password, err = password.get(ctx, a, false); err != nil {
		return err
	}
	defer clear(o.Password)
	return a.restore(ctx, e, o)
}
