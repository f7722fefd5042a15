// Package storetest is the conformance suite of package store. A test of an
// implementation calls Run with a way to make disks:
//
//	storetest.Run(t, storetest.Suite{NewDisk: newDisk})
//
// The suite reads like the contract: basics, ranges, requirements, limits,
// concurrency, reopening, random operations against a model, and a crash at
// every write.
package storetest

import (
	"context"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
)

// Suite says what to test.
type Suite struct {
	// NewDisk returns an empty disk, which goes away with the test.
	NewDisk func(t testing.TB) Disk

	// Structured is set for stores that take structured keys only.
	Structured bool

	// Short makes the random tests shorter, for slow disks.
	Short bool
}

// Disk is where a store keeps its entries between two openings.
type Disk interface {
	// Open opens the store that is on the disk. The suite closes it.
	Open() (store.Store, error)
}

// Crasher is a Disk whose machine can be made to stop.
type Crasher interface {
	Disk
	// OpenCrashing is Open, but from the n-th Apply on (0 is the first; those
	// that fail with ErrConflict do not count) every call fails with
	// store.ErrCrashed. With after set that Apply still reaches the disk. The
	// next Open finds what a restart would.
	OpenCrashing(n int, after bool) (store.Store, error)
}

// Run runs the whole suite.
func Run(t *testing.T, s Suite) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Suite)
	}{
		{"basics", testBasics},
		{"ranges", testRanges},
		{"scan ends", testScanEnds},
		{"scan and change", testScanAndChange},
		{"batch order", testBatchOrder},
		{"requirements", testRequirements},
		{"limits", testLimits},
		{"raw keys", testRawKeys},
		{"ownership", testOwnership},
		{"context", testContext},
		{"close", testClose},
		{"reopen", testReopen},
		{"counter", testCounter},
		{"two openings", testTwoOpenings},
		{"random", testRandom},
		{"crash", testCrash},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s) })
	}
}

var ctx = context.Background()

func open(t testing.TB, s Suite) store.Store {
	t.Helper()
	return openDisk(t, s.NewDisk(t))
}

func openDisk(t testing.TB, d Disk) store.Store {
	t.Helper()
	st, err := d.Open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return st
}

// table is where the suite's keys lie; others surround it.
var table = store.Table("t")

// key returns the n-th key.
func key(n int) []byte { return table.Uint64(uint64(n)).Bytes() }

func apply(t testing.TB, st store.Store, fill func(b *store.Batch)) {
	t.Helper()
	var b store.Batch
	fill(&b)
	if err := st.Apply(ctx, &b); err != nil {
		t.Fatalf("apply: %v", err)
	}
}

// dump returns what r selects, as keys' numbers and values.
func dump(t testing.TB, st store.Store, r store.Range) (nums []int, values []string) {
	t.Helper()
	err := st.Scan(ctx, r, func(k, v []byte) error {
		n, ok := store.Last(k)
		if !ok {
			t.Fatalf("scan handed out a key that was never set")
		}
		nums = append(nums, int(n))
		values = append(values, string(v))
		return nil
	})
	if err != nil {
		t.Fatalf("scan: %v", err)
	}
	return nums, values
}
