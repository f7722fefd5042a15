package itest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is a built command of this module, run as people run it.
type program struct {
	tb   testing.TB
	path string
	args []string
}

// build builds commands into a folder.
func build(tb testing.TB, names ...string) map[string]string {
	tb.Helper()
	dir, paths := tb.TempDir(), map[string]string{}
	for _, n := range names {
		paths[n] = filepath.Join(dir, n)
		if out, err := exec.Command("go", "build", "-trimpath", "-o", paths[n], "../cmd/"+n).CombinedOutput(); err != nil {
			tb.Fatalf("go build: %v\n%s", err, out)
		}
	}
	return paths
}

// run runs the program to its end and returns its output and the most memory
// that it had, in MB. The system is asked while it runs: what it tells afterwards
// counts the memory of this test, too, from which the program was started.
func (p program) run(args ...string) (string, float64) {
	p.tb.Helper()
	c := exec.Command(p.path, append(args, p.args...)...)
	var out, stderr bytes.Buffer
	c.Stdout, c.Stderr = &out, &stderr
	if err := c.Start(); err != nil {
		p.tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	most := 0.0
	for {
		most = max(most, peak(c.Process.Pid, p.path))
		select {
		case err := <-ended:
			if err != nil {
				p.tb.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, stderr.String())
			}
			return out.String(), most
		case <-time.After(time.Millisecond):
		}
	}
}

// peak is the most memory that a program has had so far, in MB; 0 while it is not
// that program yet, or not any more.
func peak(pid int, path string) float64 {
	if at, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err != nil || at != path {
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	if !ok {
		return 0
	}
	kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		return 0
	}
	return kb / 1024
}

// kill runs the program and kills it once reached says so.
func (p program) kill(reached func() bool, args ...string) {
	p.tb.Helper()
	c := exec.Command(p.path, append(args, p.args...)...)
	if err := c.Start(); err != nil {
		p.tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			p.tb.Fatalf("%s ended before it could be killed: %v", strings.Join(args, " "), err)
		case <-time.After(time.Millisecond):
		}
		if reached() {
			break
		}
	}
	if err := c.Process.Kill(); err != nil {
		p.tb.Fatal(err)
	}
	<-ended
}

// TestLargeFile: a file of 100 MiB goes up and comes down within 40 MB of the
// client's memory, with both programs killed in the middle.
func TestLargeFile(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: builds programs and moves 100 MiB; leave out -short")
	}
	const size, allowed = 100 << 20, 40
	dir := t.TempDir()
	path := build(t, "coffer", "cofferd")
	serve := exec.Command(path["cofferd"], "serve", "--data", filepath.Join(dir, "server"), "--listen", "127.0.0.1:0")
	ready, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		_ = serve.Wait()
	}()
	line, err := bufio.NewReader(ready).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(strings.TrimPrefix(line, "ready "))
	person := func(name string) program {
		p := program{t, path["coffer"], []string{"--quiet", "--home", filepath.Join(dir, name)}}
		p.run("register", name, "--server", url)
		return p
	}
	alice, bob := person("alice"), person("bob")
	file, sum := randomFile(t, filepath.Join(dir, "film.bin"), size)

	alice.kill(func() bool { return largest(t, filepath.Join(dir, "server", "blobs", "*", "*.part")) > size/4 }, "send", "bob", "--file", file)
	if _, mb := alice.run("sync"); mb > allowed || mb == 0 {
		t.Errorf("the upload went on with %.1f MB of memory, %d are allowed", mb, allowed)
	}
	if _, mb := alice.run("send", "bob", "--file", file); mb > allowed || mb == 0 {
		t.Errorf("sending took %.1f MB of memory, %d are allowed", mb, allowed)
	}
	var id string
	for range 50 {
		out, _ := bob.run("history", "alice", "--limit", "1", "--json")
		var m struct{ Type, ID string }
		if json.Unmarshal([]byte(out), &m) == nil && m.Type == "message" {
			id = m.ID
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	into := filepath.Join(dir, "saved.bin")
	bob.kill(func() bool { return largest(t, filepath.Join(dir, ".coffer-*.part")) > size/4 }, "save", id, "--out", into)
	if _, err := os.Stat(into); err == nil {
		t.Error("a file that was cut short has its name")
	}
	if _, mb := bob.run("save", id, "--out", into); mb > allowed || mb == 0 {
		t.Errorf("saving took %.1f MB of memory, %d are allowed", mb, allowed)
	}
	f, err := os.Open(into)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil || !bytes.Equal(h.Sum(nil), sum) {
		t.Errorf("the saved file is another one (%v)", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".coffer-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func randomFile(tb testing.TB, path string, size int64) (string, []byte) {
	tb.Helper()
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	h := sha256.New()
	_, err = io.CopyN(io.MultiWriter(f, h), rand.NewChaCha8([32]byte{7}), size)
	if err != nil || f.Close() != nil {
		tb.Fatal(err)
	}
	return path, h.Sum(nil)
}

// largest is the size of the largest file of a pattern, 0 where there is none.
func largest(tb testing.TB, pattern string) (n int64) {
	tb.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil {
		tb.Fatal(err)
	}
	for _, p := range list {
		if info, err := os.Stat(p); err == nil {
			n = max(n, info.Size())
		}
	}
	return n
}
