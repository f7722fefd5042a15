//go:build !unix

package itest

import "time"

// cpuTime cannot be told here; figures that need it show as not a number.
func cpuTime() time.Duration { return 0 }
