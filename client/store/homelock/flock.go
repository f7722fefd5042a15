//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package homelock

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

func lock(path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("homelock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(ErrInUse, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("homelock: %w", err), f.Close())
	}
	// Closing the file gives the lock back.
	return sync.OnceValue(f.Close), nil
}
