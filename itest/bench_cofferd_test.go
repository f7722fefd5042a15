package itest

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cofferd is the real server in a process of its own.
type cofferd struct {
	url string
	pid int
}

// buildCofferd compiles the real server.
func buildCofferd(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "cofferd")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/cofferd").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return program
}

// startCofferd starts the server on a folder until the benchmark ends.
func startCofferd(b *testing.B, program, dir string) *cofferd {
	b.Helper()
	c := exec.Command(program, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	var logged bytes.Buffer
	c.Stderr = &logged
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		c.Process.Kill()
		_ = c.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ready {
		b.Fatalf("cofferd said %q, %v; its log: %s", line, err, &logged)
	}
	return &cofferd{url, c.Process.Pid}
}

// cpu is the processor time that the server has used, 0 where the system does
// not tell.
func (c *cofferd) cpu() time.Duration {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(c.pid) + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	var ticks int64
	if f := strings.Fields(rest); len(f) > 12 {
		for _, s := range f[11:13] { // utime, stime
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return 0
			}
			ticks += n
		}
	}
	const perSecond = 100 // USER_HZ, which Linux never changes
	return time.Duration(ticks) * time.Second / perSecond
}

// memoryMiB is a line of a process's status that gives a size.
func memoryMiB(b *testing.B, pid, line string) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		b.Fatal(err)
	}
	for s := range strings.Lines(string(status)) {
		if f := strings.Fields(s); len(f) == 3 && f[0] == line+":" {
			kib, err := strconv.ParseFloat(f[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	b.Fatal("no " + line)
	return 0
}
