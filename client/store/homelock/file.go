//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package homelock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

func lock(path string) (func() error, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, ErrInUse
	}
	if err != nil {
		return nil, fmt.Errorf("homelock: %w", err)
	}
	return sync.OnceValue(func() error { return errors.Join(f.Close(), os.Remove(path)) }), nil
}
