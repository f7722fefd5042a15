package itest

import (
	"runtime/debug"
	"testing"
	"time"
)

// BenchmarkLong restores one conversation of 100,000 messages, where no other
// conversation can be fetched or stored meanwhile. What COFFER_BENCH_CACHE keeps
// of it is also what web/test/long.test.mjs shows in a browser.
func BenchmarkLong(b *testing.B) {
	if testing.Short() {
		b.Skip("not run: -short")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as coffer restore does
	h := history{conversations: 1, epochs: 100, perEpoch: 1000, lines: true, apart: 25 * time.Second}
	x := &restoring{benchServer: &benchServer{tb: b, ctx: b.Context()}, history: h}
	program, dir := buildCofferd(b), b.TempDir()
	x.code = keptHistory(b, h, dir)
	x.server = startCofferd(b, program, dir)
	x.url = x.server.url
	var took effort
	var first time.Duration
	for b.Loop() {
		s := x.sealedStore()
		took.measure(x.server, func() {
			e, page := x.whole(s)
			first += page
			e.Close()
		})
	}
	n := float64(x.messages() * b.N)
	b.ReportMetric(n/took.clock.Seconds(), "messages/s")
	b.ReportMetric(float64(took.cpu.Microseconds())/n, "cpu-us/message")
	b.ReportMetric(ms(first)/float64(b.N), "first-page-ms")
	b.ReportMetric(0, "ns/op")
}
