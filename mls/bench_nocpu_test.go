//go:build !unix

package mls

import "time"

// cpuTime is not known here; the benchmarks leave its ratio out.
func cpuTime() time.Duration { return 0 }
