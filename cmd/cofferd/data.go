package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/coffer-chat/coffer/server/disclose"
	"github.com/coffer-chat/coffer/server/store"
)

// The parts of a server's data folder.
const (
	databaseFile = "coffer.db"
	blobFolder   = "blobs"
	realmFolder  = "realms"
	realmFile    = "realm.db"
	lockFile     = "lock"
)

// errServed: the folder has its server already.
var errServed = errors.New("another cofferd is running on this data folder: stop it first")

// database is the path of the database in a data folder, which must be there.
func database(data string) (string, error) {
	path := filepath.Join(data, databaseFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() {
		return "", fmt.Errorf("there is no server's data in %s: give the --data of cofferd serve", data)
	}
	return path, err
}

// openFailed says what to do about a database that cannot be opened.
func openFailed(err error) error {
	if errors.Is(err, store.ErrFormat) {
		return fmt.Errorf("the data was written by a later version of cofferd, or by another program: %w", err)
	}
	return fmt.Errorf("database: %w", err)
}

// place counts what lies in a data folder beside the database.
func place(data string) (disclose.Place, error) {
	p := disclose.Place{Attachments: &disclose.Attachments{}}
	err := filepath.WalkDir(filepath.Join(data, blobFolder), func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // erased in between, or nobody ever sent one
		}
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".meta") {
			return err
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			p.Attachments.Files++
			p.Attachments.Bytes += info.Size()
		}
		return err
	})
	if err != nil {
		return p, err
	}
	found, err := filepath.Glob(filepath.Join(data, realmFolder, "*", realmFile))
	for _, path := range found {
		p.RealmsInside = append(p.RealmsInside, realmFolder+"/"+filepath.Base(filepath.Dir(path)))
	}
	return p, err
}
