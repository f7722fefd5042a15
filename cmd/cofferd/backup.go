package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coffer-chat/coffer/server/store/sqlstore"
	"github.com/spf13/cobra"
)

func backupCommand(stdout io.Writer) *cobra.Command {
	var data, to string
	c := &cobra.Command{
		Use:   "backup --data DIR --to DIR",
		Short: "Copy what the server keeps into a new folder",
		Long: `Copy what the server keeps into a new folder.

It works while the server runs: the database as it is at one moment, and every
complete attachment. Realms are left out on purpose: a copy of a realm would hand
out fresh guesses at every PIN. A backup also holds what people unsend later, so
keep it short, and encrypted.`,
		Example: `  cofferd backup --data /var/lib/coffer --to /mnt/backup/monday`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" || to == "" {
				return usagef("--data says where the server keeps everything, --to where the copy goes")
			}
			return runBackup(cmd.Context(), data, to, stdout)
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of everything that the server keeps")
	c.Flags().StringVar(&to, "to", "", "folder that is made for the copy")
	return c
}

func restoreCommand(stdout io.Writer) *cobra.Command {
	var data, from string
	c := &cobra.Command{
		Use:   "restore --data DIR --from DIR",
		Short: "Make a server's folder from a backup",
		Long: `Make a server's folder from a backup.

--data must not be there yet. What came after the backup is lost, and people's
devices notice. Realms are in no backup: PINs that realms inside the old server
guarded are gone, and people set new ones; recovery codes work as before.`,
		Example: `  cofferd restore --data /var/lib/coffer --from /mnt/backup/monday`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" || from == "" {
				return usagef("--from says where the backup is, --data where the server is to keep everything")
			}
			return runBackup(cmd.Context(), from, data, stdout)
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder that is made for everything that the server keeps")
	c.Flags().StringVar(&from, "from", "", "folder that cofferd backup made")
	return c
}

// runBackup copies database and attachments from one folder to a new one, which
// is there only when all of it is.
func runBackup(ctx context.Context, from, to string, stdout io.Writer) error {
	path, err := database(from)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: name a folder that is not", to)
	}
	unfinished := filepath.Clean(to) + ".unfinished"
	if err := os.Mkdir(unfinished, 0o700); err != nil {
		return err
	}
	blobs, err := copyAll(ctx, path, from, unfinished)
	if err == nil {
		err = os.Rename(unfinished, to)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(unfinished))
	}
	_, err = fmt.Fprintf(stdout, "copied the database and %d attachments to %s\n", blobs, to)
	return err
}

func copyAll(ctx context.Context, path, from, to string) (blobs int, err error) {
	db, err := sqlstore.OpenSQLite(ctx, path)
	if err != nil {
		return 0, openFailed(err)
	}
	if err := errors.Join(db.Backup(ctx, filepath.Join(to, databaseFile)), db.Close()); err != nil {
		return 0, err
	}
	// The database comes first: an attachment that comes meanwhile is one too
	// many, which does no harm.
	root := filepath.Join(from, blobFolder)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // erased meanwhile, or there never was one
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		name := d.Name()
		if d.IsDir() || strings.Contains(name, ".") {
			return nil // with its content, or not complete
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, blobFolder, rel)
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		err = errors.Join(copyFile(path+".meta", target+".meta"), copyFile(path, target))
		if errors.Is(err, fs.ErrNotExist) {
			return errors.Join(os.RemoveAll(target), os.RemoveAll(target+".meta")) // erased meanwhile
		}
		blobs++
		return err
	})
	return blobs, err
}

// copyFile copies a file and writes it to disk.
func copyFile(from, to string) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Sync(), w.Close())
}
