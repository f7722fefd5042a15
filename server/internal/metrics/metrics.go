// Package metrics counts a server's calls and shows the counts in Prometheus's
// text format. It knows procedures and outcomes, nobody's names. Start with New.
package metrics

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"
)

// buckets are the upper bounds of the times that are told apart, in seconds.
var buckets = [...]float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

// Metrics counts calls. Its methods may be called concurrently.
type Metrics struct {
	began time.Time

	mu    sync.Mutex
	calls map[call]uint64
	times map[string]*times
}

// call is a procedure with an outcome: both from small fixed sets.
type call struct{ procedure, outcome string }

type times struct {
	within [len(buckets)]uint64
	count  uint64
	sum    float64
}

// New returns metrics that count from now on.
func New(now time.Time) *Metrics {
	return &Metrics{began: now, calls: make(map[call]uint64), times: make(map[string]*times)}
}

// Call counts a call.
func (m *Metrics) Call(procedure, outcome string, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[call{procedure, outcome}]++
	t := m.times[procedure]
	if t == nil {
		t = &times{}
		m.times[procedure] = t
	}
	seconds := took.Seconds()
	t.count++
	t.sum += seconds
	for i, bound := range buckets {
		if seconds <= bound {
			t.within[i]++
		}
	}
}

// ServeHTTP writes the counts.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	m.write(w)
}

func (m *Metrics) write(w io.Writer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	head := func(name, kind, help string) { fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	head("coffer_calls_total", "counter", "Calls by procedure and outcome.")
	keys := slices.SortedFunc(maps.Keys(m.calls), func(a, b call) int {
		if a.procedure != b.procedure {
			return order(a.procedure, b.procedure)
		}
		return order(a.outcome, b.outcome)
	})
	for _, k := range keys {
		fmt.Fprintf(w, "coffer_calls_total{procedure=%q,outcome=%q} %d\n", k.procedure, k.outcome, m.calls[k])
	}
	head("coffer_call_seconds", "histogram", "Time to answer a call.")
	for _, p := range slices.Sorted(maps.Keys(m.times)) {
		t := m.times[p]
		for i, bound := range buckets {
			fmt.Fprintf(w, "coffer_call_seconds_bucket{procedure=%q,le=\"%g\"} %d\n", p, bound, t.within[i])
		}
		fmt.Fprintf(w, "coffer_call_seconds_bucket{procedure=%q,le=\"+Inf\"} %d\n", p, t.count)
		fmt.Fprintf(w, "coffer_call_seconds_sum{procedure=%q} %g\n", p, t.sum)
		fmt.Fprintf(w, "coffer_call_seconds_count{procedure=%q} %d\n", p, t.count)
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	head("go_goroutines", "gauge", "Goroutines.")
	fmt.Fprintf(w, "go_goroutines %d\n", runtime.NumGoroutine())
	head("go_memstats_alloc_bytes", "gauge", "Bytes of live heap objects.")
	fmt.Fprintf(w, "go_memstats_alloc_bytes %d\n", memory.Alloc)
	head("process_start_time_seconds", "gauge", "When the process began, in seconds since 1970.")
	fmt.Fprintf(w, "process_start_time_seconds %d\n", m.began.Unix())
}

func order(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}
