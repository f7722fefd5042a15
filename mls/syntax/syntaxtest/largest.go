package syntaxtest

import (
	"runtime"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Single is how much larger than its input the largest object may be that a decoder
// allocates, if it makes its lists with mls/syntax.
const Single = syntax.AllotmentSingle

// measured is what a call allocates: in all, and at most in its largest object.
type measured struct{ total, largest uint64 }

// measure runs f. Its largest object is measured by [Largest] only if the counters
// of the runtime do not tell that it is within limit.
func measure(f func(), limit uint64) measured {
	m := counted(f)
	if m.largest > limit {
		m.largest = largest(f)
	}
	return m
}

// Largest is the size of the largest object that f allocates, or something between
// it and limit.
func Largest(f func(), limit int) int { return int(measure(f, uint64(limit)).largest) }

// counted measures by the runtime's counters, which know sizes up to some 18 KiB one
// by one and the sum of the larger ones. All of these but one have at least that size.
func counted(f func()) measured {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	total := after.TotalAlloc - before.TotalAlloc
	large, objects, size := total, after.Mallocs-before.Mallocs, uint64(0)
	for i, class := range after.BySize {
		n := class.Mallocs - before.BySize[i].Mallocs
		size = uint64(class.Size)
		large -= n * size
		objects -= n
	}
	if objects > 1 {
		large -= min(large, (objects-1)*size)
	}
	return measured{total: total, largest: max(large, min(total, size))}
}

// largest is the size of the largest object that f allocates, by the runtime's
// profile of every allocation. It is slow.
func largest(f func()) uint64 {
	procs, rate := runtime.GOMAXPROCS(1), runtime.MemProfileRate
	runtime.MemProfileRate = 1
	defer func() {
		runtime.GOMAXPROCS(procs)
		runtime.MemProfileRate = rate
	}()
	for places := 1 << 14; ; places *= 4 {
		before, after := make([]runtime.MemProfileRecord, places), make([]runtime.MemProfileRecord, places)
		// The next sample was drawn at the old rate; this is surely beyond it.
		runtime.KeepAlive(make([]byte, 64*max(rate, 1<<18)))
		n, ok := profile(before)
		f()
		m, okAfter := profile(after) // nothing but f allocates from one to the other
		if ok && okAfter {
			return largestOf(before[:n], after[:m])
		}
	}
}

func largestOf(before, after []runtime.MemProfileRecord) uint64 {
	was := map[site]int64{}
	for _, r := range before {
		was[siteOf(r)] = r.AllocObjects
	}
	n := int64(0)
	for _, r := range after {
		if s := siteOf(r); r.AllocObjects > was[s] {
			n = max(n, s.size)
		}
	}
	return uint64(n)
}

// profile fills records with what has been allocated until now.
func profile(records []runtime.MemProfileRecord) (n int, ok bool) {
	for range 3 { // the profile is that of two collections ago
		runtime.GC()
	}
	return runtime.MemProfile(records, true)
}

// site is a place that allocates objects of one size.
type site struct {
	stack [32]uintptr
	size  int64
}

func siteOf(r runtime.MemProfileRecord) site {
	return site{r.Stack0, r.AllocBytes / max(r.AllocObjects, 1)}
}
