package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// process is a cofferd that runs beside a script.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	done           chan error // its exit, once
}

const (
	// wait is how long a process may take to get ready.
	wait = 30 * time.Second
	// endWait is how long it may take to end: less than the grace for calls that
	// are under way, so a device that waits for news must have been answered.
	endWait = 9 * time.Second
)

type processKey string

func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME ARGS…")
	}
	p := &process{cmd: exec.Command("cofferd", args[1:]...), done: make(chan error, 1)}
	p.cmd.Dir, p.cmd.Stderr = ts.MkAbs("."), &p.stderr
	pipe, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	ready := make(chan string, 1)
	go func() {
		out := bufio.NewScanner(pipe)
		for first := true; out.Scan(); first = false {
			p.stdout.WriteString(out.Text() + "\n")
			if first {
				ready <- out.Text()
			}
		}
		p.done <- p.cmd.Wait()
	}()
	values(ts)[processKey(args[0])] = p
	ts.Defer(func() { p.cmd.Process.Kill() }) // no harm where it has ended
	select {
	case line := <-ready:
		url, ok := strings.CutPrefix(line, "ready ")
		if !ok {
			ts.Fatalf("first line is %q", line)
		}
		ts.Setenv(args[0], url)
	case err := <-p.done:
		ts.Fatalf("ended: %v\n%s", err, p.stderr.String())
	case <-time.After(wait):
		ts.Fatalf("not ready")
	}
}

func end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: end NAME")
	}
	p, ok := values(ts)[processKey(args[0])]
	if !ok {
		ts.Fatalf("no %s was started", args[0])
	}
	ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-p.done:
		ts.Check(err)
	case <-time.After(endWait):
		ts.Fatalf("does not end")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), p.stdout.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), p.stderr.Bytes(), 0o600))
}

// values are the processes of one script.
func values(ts *testscript.TestScript) map[processKey]*process {
	return ts.Value(processesKey{}).(map[processKey]*process)
}

type processesKey struct{}

// setup gives each script its own processes.
func setup(env *testscript.Env) error {
	for _, letter := range []string{"b", "c", "d"} {
		env.Setenv("KEY_"+letter, someKey(letter))
	}
	env.Values[processesKey{}] = map[processKey]*process{}
	return nil
}
