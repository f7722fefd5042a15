// Package homelock keeps two processes from changing one device's folder at
// the same moment. Start with Lock, which gives up at once, or Wait, which
// waits its turn.
//
// Where the system has flock, the lock ends with the process however it ends.
// Elsewhere it is a file that a killed process leaves behind; ErrInUse then
// stays until someone deletes the file "lock" in the folder.
package homelock

import (
	"context"
	"errors"
	"path/filepath"
	"time"
)

// ErrInUse is returned while another process, or another holder in this one,
// has the lock.
var ErrInUse = errors.New("homelock: the folder is in use by another process")

// fileName is the lock's file in the folder. It is empty and stays.
const fileName = "lock"

// poll is how often Wait tries.
const poll = 20 * time.Millisecond

// Lock takes the lock of the folder home, which must exist, and returns how to
// give it back; release may be called more than once. The error is ErrInUse, or
// one of the file system.
func Lock(home string) (release func() error, err error) {
	return lock(filepath.Join(home, fileName))
}

// Wait takes the lock as Lock does, but waits for it until ctx is done; the
// error then is both ErrInUse and ctx's.
func Wait(ctx context.Context, home string) (release func() error, err error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		release, err = Lock(home)
		if !errors.Is(err, ErrInUse) {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ErrInUse, ctx.Err())
		case <-tick.C:
		}
	}
}
