package syntaxtest

import (
	"runtime"
	"testing"
)

// TestLargest: both ways to measure find an object by its size.
func TestLargest(t *testing.T) {
	for _, sizes := range [][]int{{100}, {1 << 20}, {40 << 10, 3 << 20, 1 << 20}, {8 << 20, 8 << 20}} {
		f := func() {
			for _, n := range sizes {
				runtime.KeepAlive(make([]byte, n))
			}
		}
		want := 0
		for _, n := range sizes {
			want = max(want, n)
		}
		if got := int(largest(f)); got < want || got > want+8<<10 {
			t.Errorf("%d: %d is said to be the largest", sizes, got)
		}
		if got := Largest(f, want+8<<10); got < want || got > want+8<<10 {
			t.Errorf("%d: %d is said to be at most the largest", sizes, got)
		}
		if m := counted(f); m.largest < uint64(want) || m.total < uint64(want) {
			t.Errorf("%d: counted %d", sizes, m)
		}
	}
}
