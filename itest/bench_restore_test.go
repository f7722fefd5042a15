package itest

import (
	"fmt"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store"
)

// BenchmarkRestore restores histories of 10,000 and 100,000 messages on a fresh
// device with the recovery code, into the sealed store with its search index:
// with every signature verified (full), and after another device has written
// checkpoints of it all (checkpoints). Its floors, measured in the same run:
//
//   - store: the same pages written from memory into the same kind of store;
//   - verify: besides that, one deposit opened for each MLS epoch and one
//     signature verified for each message, on all cores.
//
// Server and device share the machine's cores and one process. The ratios come
// twice: by the clock, and by the time of the processors (cpu), which says the
// same on a machine that is busy with other things.
func BenchmarkRestore(b *testing.B) {
	if testing.Short() {
		b.Skip("not run: -short")
	}
	for _, h := range []history{
		{conversations: 30, epochs: 7, perEpoch: 48},
		{conversations: 30, epochs: 67, perEpoch: 50},
	} {
		b.Run(fmt.Sprint(h.messages()), func(b *testing.B) {
			w := newBenchServer(b)
			start := time.Now()
			code := w.makeHistory("reader", h)
			b.Logf("%d messages of %d conversations in %d MLS epochs, written in %.1f s", h.messages(), h.conversations,
				h.conversations*h.epochs, time.Since(start).Seconds())
			for _, relying := range []bool{false, true} {
				b.Run(map[bool]string{false: "full", true: "checkpoints"}[relying], func(b *testing.B) {
					w.tb = b
					w.benchRestore(b, h, code, relying)
				})
			}
		})
	}
}

// effort is time on the clock and of the processors, this process's server
// included.
type effort struct{ clock, cpu time.Duration }

// measure adds what f takes.
func (x *effort) measure(f func()) {
	start, cpu := time.Now(), cpuTime()
	f()
	x.clock += time.Since(start)
	x.cpu += cpuTime() - cpu
}

// restoreOn restores the reader's account.
func (w *benchServer) restoreOn(e *client.Engine, code string, all bool) (*client.Restored, error) {
	return e.Restore(w.ctx, client.RestoreOptions{Server: w.url, Handle: "reader", Code: code, WaitAll: all})
}

func (w *benchServer) benchRestore(b *testing.B, h history, code string, relying bool) {
	before := w.engine(w.sealedStore())
	defer before.Close()
	_, err := w.restoreOn(before, code, relying) // writes the checkpoints
	w.must(err)
	var restore, storing, crypto effort
	var first time.Duration
	var peak uint64
	rounds := 0
	for b.Loop() {
		s := w.sealedStore()
		e := w.engine(s)
		heap := watchHeap()
		var r *client.Restored
		var err error
		restore.measure(func() {
			r, err = w.restoreOn(e, code, true)
		})
		peak = max(peak, heap())
		w.must(err)
		if !r.Intact() || r.Messages != int64(h.messages()) {
			b.Fatalf("%d of %d messages, %d expected; gaps %v", r.Messages, h.messages(), r.Expected, r.Gaps)
		}
		first += r.FirstPage
		b.StopTimer()
		if !relying { // so that the next round does not rely on this one
			who, err := e.Whoami(w.ctx)
			w.must(err)
			w.must(before.RemoveCompromised(w.ctx, []string{who.Device}))
		}
		e.Close()
		w.storeFloor(s, &storing)
		cryptoFloor(b, h, &crypto)
		rounds++
		b.StartTimer()
	}
	n := float64(h.messages() * rounds)
	b.ReportMetric(n/restore.clock.Seconds(), "messages/s")
	b.ReportMetric(restore.clock.Seconds()/storing.clock.Seconds(), "x-store")
	b.ReportMetric(restore.clock.Seconds()/(storing.clock+crypto.clock).Seconds(), "x-verify")
	b.ReportMetric(float64(restore.cpu.Microseconds())/n, "cpu-us/message")
	b.ReportMetric(restore.cpu.Seconds()/storing.cpu.Seconds(), "cpu-x-store")
	b.ReportMetric(restore.cpu.Seconds()/(storing.cpu+crypto.cpu).Seconds(), "cpu-x-verify")
	b.ReportMetric(float64(first.Milliseconds())/float64(rounds), "first-page-ms")
	b.ReportMetric(float64(peak)/(1<<20), "peak-heap-MiB")
	b.ReportMetric(0, "ns/op")
}

// storeFloor writes what a store holds into a new store of the same kind.
func (w *benchServer) storeFloor(from store.Store, x *effort) {
	w.tb.Helper()
	rows, err := store.Collect(w.ctx, from, store.Range{})
	w.must(err)
	to := w.sealedStore()
	x.measure(func() {
		var batch store.Batch
		for _, row := range rows {
			batch.Set(row.Key, row.Value)
			if batch.Size() > 1<<20 {
				w.must(to.Apply(w.ctx, &batch))
				batch.Reset()
			}
		}
		w.must(to.Apply(w.ctx, &batch))
	})
}

// watchHeap notes how large the heap becomes until the function that it returns
// is called, which tells by how much it grew at most.
func watchHeap() (grown func() uint64) {
	read := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	begin := read()
	var most atomic.Uint64
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			most.Store(max(most.Load(), read()))
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	})
	return func() uint64 {
		close(stop)
		watch.Wait()
		return most.Load() - min(begin, most.Load())
	}
}
