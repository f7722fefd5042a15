package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/coffer-chat/coffer/client/store/homelock"
	"github.com/coffer-chat/coffer/client/store/sealed"
)

// A home is the folder of one device: the key under which its store is sealed,
// the store, and the lock between processes.
const (
	keyName   = "key"
	storeName = "store.db"
)

// errNoHome is returned for a home that holds nothing yet.
var errNoHome = usagef("there is no account on this device yet: begin with 'coffer register' or 'coffer restore'")

// homeFolder is where the device is kept: --home, else COFFER_HOME, else in the
// person's configuration folder.
func (a *app) homeFolder() (string, error) {
	if a.home != "" {
		return a.home, nil
	}
	if h := a.env("COFFER_HOME"); h != "" {
		return h, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", usagef("there is no configuration folder here: say where to keep the device with --home")
	}
	return filepath.Join(dir, "coffer"), nil
}

// lockHome waits for the home's lock as long as --timeout says.
func (a *app) lockHome(ctx context.Context, home string) (release func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	return homelock.Wait(ctx, home)
}

// deviceKey reads the home's key; create makes folder and key where there are
// none.
func (a *app) deviceKey(ctx context.Context, home string, create bool) ([]byte, error) {
	path := filepath.Join(home, keyName)
	key, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, err := os.Stat(filepath.Join(home, storeName)); err == nil {
		return nil, failf(nil, "the file %s is missing; without it nothing in this home can be opened", path)
	}
	if !create {
		return nil, errNoHome
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, failf(err, "the home cannot be made")
	}
	// Under the lock, so that two processes at once do not make two keys.
	release, err := a.lockHome(ctx, home)
	if err != nil {
		return nil, inUse(err)
	}
	defer release()
	if key, err := readKey(path); !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key = make([]byte, sealed.KeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, failf(err, "no randomness")
	}
	if err := writeKey(path, key); err != nil {
		return nil, failf(err, "the key cannot be written")
	}
	return key, nil
}

// readKey reads a key file, and takes from others the right to read it.
func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, failf(err, "the key of this home cannot be read")
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() != sealed.KeySize {
		return nil, failf(err, "the file %s is damaged: it is not %d bytes", path, sealed.KeySize)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := f.Chmod(0o600); err != nil {
			return nil, failf(err, "others on this machine may read %s", path)
		}
	}
	key := make([]byte, sealed.KeySize)
	if _, err := f.ReadAt(key, 0); err != nil {
		return nil, failf(err, "the key of this home cannot be read")
	}
	return key, nil
}

// writeKey makes the key file whole or not at all: a crash leaves no file of
// this name, or the whole key.
func writeKey(path string, key []byte) error {
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // of a crash, and nothing is sealed under it yet
	}
	if err := writeNew(fresh, key); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// writeNew writes a file that only its owner can read, and that must not be
// there yet, down to the disk.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncFolder makes a name in a folder durable, where the system can.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	_ = d.Sync() // some systems know no such thing
	return d.Close()
}
