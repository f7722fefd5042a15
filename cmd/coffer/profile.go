package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/internal/plain"
)

type profileObject struct {
	Type      string `json:"type"`
	Handle    string `json:"handle"`
	Account   string `json:"account"`
	Name      string `json:"name"`
	Size      int    `json:"size"`
	MediaType string `json:"mediaType"`
	SHA256    string `json:"sha256"`
}

func profileOf(p client.Profile) profileObject {
	o := profileObject{"profile", p.Handle, p.Account, p.Name, len(p.Picture), p.MediaType, ""}
	if len(p.Picture) > 0 {
		h := sha256.Sum256(p.Picture)
		o.SHA256 = hex.EncodeToString(h[:])
	}
	return o
}

func (a *app) profileCommand() *cobra.Command {
	var name, picture, out string
	var noPicture bool
	cmd := a.command(spec{
		use:   "profile [HANDLE] [--name NAME] [--picture FILE | --no-picture] [--out FILE]",
		short: "Show or set how people are called and look",
		long: `Without HANDLE your own. What you set is encrypted and sent to your conversations,
those of strangers left out; the server learns nothing of it. Anybody may take any
name: it is shown beside the handle and proves nothing.`,
		example: "  coffer profile --name 'Alice Example' --picture me.jpg\n  coffer profile bob --out bob.jpg",
		args:    []string{"HANDLE?"},
	})
	f := cmd.Flags()
	f.StringVar(&name, "name", "", "what you like to be called; '' is nothing")
	f.StringVar(&picture, "picture", "", "take a small copy of this `file`, a JPEG or PNG")
	f.BoolVar(&noPicture, "no-picture", false, "have no picture")
	f.StringVar(&out, "out", "", "write the picture to this new `file`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.started = true
		var change client.ProfileChange
		if cmd.Flags().Changed("name") {
			change.Name = &name
		}
		if noPicture {
			change.Picture = emptyFile{}
		}
		if picture != "" {
			if noPicture {
				return usagef("--picture and --no-picture do not go together")
			}
			file, err := os.Open(picture)
			if err != nil {
				return usagef("--picture: %s", err)
			}
			defer file.Close()
			info, err := file.Stat()
			if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
				return usagef("--picture: %s is no picture", picture)
			}
			change.Picture, change.Size = file, info.Size()
		}
		changes := change.Name != nil || change.Picture != nil
		if changes && (len(args) > 0 || out != "") {
			return usagef("only your own profile can be changed, and then --out is of no use")
		}
		return a.engine(cmd.Context(), func(e engine) error { return a.profile(cmd.Context(), e, args, change, out) })
	}
	return cmd
}

// profile shows a profile, the own one after a change.
func (a *app) profile(ctx context.Context, e engine, args []string, change client.ProfileChange, out string) (err error) {
	var p client.Profile
	switch {
	case change.Name != nil || change.Picture != nil:
		p, err = e.SetProfile(ctx, change)
	case len(args) > 0:
		p, err = e.Profile(ctx, args[0])
	default:
		p, err = e.Profile(ctx, "")
	}
	if err == nil && out != "" {
		err = writePicture(out, p.Picture)
	}
	if err != nil {
		return err
	}
	a.print(profileOf(p), func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\n", a.style().bold(plain.Line(p.Handle)), plain.Line(orNothing(p.Name, "(no name)")))
		if len(p.Picture) > 0 {
			fmt.Fprintf(w, "[picture: %s, %s]\n", plain.Line(p.MediaType), size(int64(len(p.Picture))))
		}
	})
	return nil
}

func orNothing(text, nothing string) string {
	if text == "" {
		return nothing
	}
	return text
}

// writePicture writes a picture to a new file.
func writePicture(path string, b []byte) error {
	if len(b) == 0 {
		return usagef("there is no picture to write")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return usagef("--out: %s", err)
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return failf(err, "the picture could not be written")
	}
	return nil
}

// emptyFile has nothing in it.
type emptyFile struct{}

func (emptyFile) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }
