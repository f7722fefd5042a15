package itest

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
)

// BenchmarkIdleMemory starts the real cofferd, with its three realms, on a
// folder with 1,000 accounts and reports how much memory it holds two seconds
// later, and again after every account's chain was read. Only Linux tells.
func BenchmarkIdleMemory(b *testing.B) {
	if testing.Short() {
		b.Skip("not run: -short")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("not run: a program's memory is read from /proc, which is not here")
	}
	const accounts = 1000
	dir := b.TempDir()
	w, stop := openBenchServer(b, dir)
	people := make([]*bareDevice, accounts)
	for i := range people {
		people[i] = w.bare(fmt.Sprint("person", i))
	}
	stop()
	program := buildCofferd(b)
	var idle, used float64
	for b.Loop() {
		idle, used = w.idleMemory(b, program, dir, people)
	}
	b.ReportMetric(idle, "idle-MiB")
	b.ReportMetric(used, "after-1000-chains-MiB")
	b.ReportMetric(0, "ns/op")
}

func (w *benchServer) idleMemory(b *testing.B, program, dir string, people []*bareDevice) (idle, used float64) {
	b.Helper()
	c := startCofferd(b, program, dir)
	time.Sleep(2 * time.Second)
	idle = memoryMiB(b, strconv.Itoa(c.pid), "VmRSS")
	reader := people[0]
	reader.connect(c.url)
	ctx := b.Context() // w's ended with its server
	reader.signIn(ctx)
	for _, p := range people {
		id := p.chain.ID()
		_, err := reader.GetChain(ctx, &wire.GetChainRequest{Account: id[:], FromSeq: 1})
		w.must(err)
	}
	return idle, memoryMiB(b, strconv.Itoa(c.pid), "VmRSS")
}
