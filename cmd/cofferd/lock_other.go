//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// lockFolder keeps a second process from serving the same data folder. A killed
// process leaves the file "lock" behind, which must then be deleted by hand.
func lockFolder(data string) (release func() error, err error) {
	path := filepath.Join(data, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, errServed
	}
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(f.Close(), os.Remove(path)) }, nil
}
