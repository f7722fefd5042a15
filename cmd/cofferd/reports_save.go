package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/internal/plain"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/blob"
	blobfs "github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

func reportsSaveCommand(stdout io.Writer) *cobra.Command {
	var data, to string
	c := &cobra.Command{
		Use:   "save ID --to FOLDER --data DIR",
		Short: "Save the files of reported messages",
		Long: `Save the files of reported messages in a folder, which is made if it is not there.

The key of each stands in the message, and so does a hash over what is encrypted:
what is saved is what was sent, or nothing is. Names begin with the message's place
in the report. A file that is there is not replaced. Nothing is opened: what strangers
send may harm who opens it.`,
		Example: `  cofferd reports save 5eed1d42 --to ./evidence --data /var/lib/coffer`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneReport(args, data); err != nil {
				return err
			}
			if to == "" {
				return usagef("--to says in which folder")
			}
			return withReports(cmd.Context(), data, false, func(ctx context.Context, db *sqlstore.DB) error {
				r, err := server.ReviewReport(ctx, db, args[0])
				if err != nil {
					return err
				}
				return saveFiles(ctx, r, data, to, stdout)
			})
		},
	}
	dataFlag(c, &data)
	c.Flags().StringVar(&to, "to", "", "`folder` for the files")
	return c
}

// saveFiles saves all that can be; what cannot is said, and an error at the end.
func saveFiles(ctx context.Context, r server.ReviewedReport, data, to string, stdout io.Writer) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	files, failed := 0, 0
	for i := range r.Messages {
		if r.Messages[i].Err != nil {
			continue
		}
		v := r.Messages[i].Message.View()
		for k := range v.Attachments {
			files++
			a := &v.Attachments[k]
			name := fmt.Sprintf("%d-%d-%s", i+1, k+1, plain.FileName(fileName(a)))
			err := saveFile(ctx, a, data, filepath.Join(to, name))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			said := "saved " + name
			if err != nil {
				failed++
				said = fmt.Sprintf("not saved: %s: %v", name, err)
			}
			if _, err := fmt.Fprintln(stdout, said); err != nil {
				return err
			}
		}
	}
	switch {
	case files == 0:
		_, err := fmt.Fprintln(stdout, "no file was reported")
		return err
	case failed > 0:
		return fmt.Errorf("%d of %d files were not saved", failed, files)
	}
	return nil
}

var (
	errElsewhere = errors.New("it is not on this server")
	errErased    = errors.New("it was deleted, and is not here any more")
	errIsThere   = errors.New("there is a file of that name")
)

// saveFile opens a file with what its message says of it. Until all of it is
// verified it has no name.
func saveFile(ctx context.Context, a *content.Attachment, data, to string) error {
	id, ok := blob.ParseID(path.Base(a.URL))
	if !ok {
		return errElsewhere
	}
	blobs, err := blobfs.Open(filepath.Join(data, blobFolder))
	if err != nil {
		return err
	}
	from, _, err := blobs.Open(ctx, id)
	if errors.Is(err, blob.ErrNotFound) {
		return errErased
	}
	if err != nil {
		return err
	}
	defer from.Close()
	part, err := os.CreateTemp(filepath.Dir(to), ".cofferd-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name())
	if err := errors.Join(media.Decrypt(part, &readerAt{ctx, from}, a.File), part.Sync(), part.Close()); err != nil {
		return err
	}
	// A link replaces nothing, unlike renaming.
	err = os.Link(part.Name(), to)
	if errors.Is(err, fs.ErrExist) {
		return errIsThere
	}
	return err
}

// readerAt reads from one place at a time, until ctx is done.
type readerAt struct {
	ctx context.Context
	r   io.ReadSeeker
}

// ReadAt implements io.ReaderAt.
func (r *readerAt) ReadAt(b []byte, offset int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if _, err := r.r.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	return io.ReadFull(r.r, b)
}
