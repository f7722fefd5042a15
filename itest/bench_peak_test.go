package itest

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
)

// forgetPeak makes the system measure this process's greatest memory anew.
func forgetPeak() {
	runtime.GC()
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // only Linux can; peakMiB finds out
}

// peakMiB is the greatest resident memory since forgetPeak, 0 where the system
// does not tell.
func peakMiB(b *testing.B) float64 {
	b.Helper()
	if _, err := os.Stat("/proc/self/clear_refs"); err != nil {
		return 0
	}
	return memoryMiB(b, "self", "VmHWM")
}
