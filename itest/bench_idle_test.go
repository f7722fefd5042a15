package itest

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
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
	program := filepath.Join(b.TempDir(), "cofferd")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/cofferd").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
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
	c := exec.Command(program, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	var logged bytes.Buffer
	c.Stderr = &logged
	out, err := c.StdoutPipe()
	w.must(err)
	w.must(c.Start())
	defer func() {
		c.Process.Kill()
		_ = c.Wait() // it was killed
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ready {
		b.Fatalf("cofferd said %q, %v; its log: %s", line, err, &logged)
	}
	time.Sleep(2 * time.Second)
	idle = residentMiB(b, c.Process.Pid)
	reader := people[0]
	reader.connect(url)
	ctx := b.Context() // w's ended with its server
	reader.signIn(ctx)
	for _, p := range people {
		id := p.chain.ID()
		_, err := reader.GetChain(ctx, &wire.GetChainRequest{Account: id[:], FromSeq: 1})
		w.must(err)
	}
	return idle, residentMiB(b, c.Process.Pid)
}

// residentMiB is the resident set size of a process.
func residentMiB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kib, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
