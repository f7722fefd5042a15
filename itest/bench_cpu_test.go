//go:build unix

package itest

import (
	"syscall"
	"time"
)

// cpuTime is the processor time that this process has used. Unlike the time on
// the clock it says the same on a machine that is busy with other things.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
