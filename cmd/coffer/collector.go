package main

import (
	"os"
	"runtime/debug"
)

// mostMemory is up to how much memory garbage may wait in; what is in use is far
// less.
const mostMemory = 208 << 20

// collectLess lets long work that makes much garbage and keeps little collect it
// less often, until the function it returns is called: a fifth of a restore's time
// for some 100 MB. Who sets GOGC is obeyed, and so is a lower GOMEMLIMIT.
func collectLess() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	percent, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(limit, mostMemory))
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
