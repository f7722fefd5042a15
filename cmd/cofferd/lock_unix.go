//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder keeps a second process from serving the same data folder. The lock
// ends with the process, however that ends.
func lockFolder(data string) (release func() error, err error) {
	f, err := os.OpenFile(filepath.Join(data, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(errServed, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock of the data folder: %w", err), f.Close())
	}
	return f.Close, nil // which gives the lock back
}
