package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/coffer-chat/coffer/client/store/homelock"
)

// TestMain lets scripts run this very program as "coffer".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"coffer": main})
}

// TestScripts runs the program without a server.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Cmds: scriptCommands, Setup: setUp, RequireExplicitExec: true})
}

// TestStories runs the program against a real server, cofferd.
func TestStories(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: builds and starts a server; leave out -short")
	}
	daemonPath = filepath.Join(t.TempDir(), "cofferd")
	if out, err := exec.Command("go", "build", "-o", daemonPath, "../cofferd").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/story", Cmds: scriptCommands, Setup: setUp, RequireExplicitExec: true})
}

func setUp(e *testscript.Env) error {
	e.Setenv("HOME", e.WorkDir)
	e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
	e.Values[daemonKey{}] = &daemon{data: filepath.Join(e.WorkDir, "server"), listen: "127.0.0.1:0"}
	return nil
}

var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	// exit N COMMAND…: the command ends with exactly this code.
	"exit": func(ts *testscript.TestScript, neg bool, args []string) {
		want, err := strconv.Atoi(args[0])
		if neg || err != nil || len(args) < 2 {
			ts.Fatalf("usage: exit N COMMAND…")
		}
		code := 0
		var exit *exec.ExitError
		if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
			code = exit.ExitCode()
		} else if err != nil {
			ts.Fatalf("%v", err)
		}
		if code != want {
			ts.Fatalf("exit %d, want %d", code, want)
		}
	},
	// take VAR FIELD [N]: sets VAR to a field of the N-th line of standard
	// output, counted from 1 or, if negative, from the end; of the last unless
	// said otherwise.
	"take": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 2 {
			ts.Fatalf("usage: take VAR FIELD [N]")
		}
		lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
		n := len(lines)
		if len(args) > 2 {
			var err error
			if n, err = strconv.Atoi(args[2]); err != nil {
				ts.Fatalf("%v", err)
			}
			if n < 0 {
				n += len(lines) + 1
			}
		}
		if n < 1 || n > len(lines) {
			ts.Fatalf("there is no line %d", n)
		}
		var o map[string]any
		ts.Check(json.Unmarshal([]byte(lines[n-1]), &o))
		v, ok := o[args[1]]
		if !ok {
			ts.Fatalf("there is no field %s in %s", args[1], lines[n-1])
		}
		ts.Setenv(args[0], fmt.Sprint(v))
	},
	// count N TEXT: standard output holds the text exactly N times.
	"count": func(ts *testscript.TestScript, neg bool, args []string) {
		want, err := strconv.Atoi(args[0])
		if neg || err != nil || len(args) != 2 {
			ts.Fatalf("usage: count N TEXT")
		}
		if got := strings.Count(ts.ReadFile("stdout"), args[1]); got != want {
			ts.Fatalf("%q is there %d times, not %d", args[1], got, want)
		}
	},
	// comes TEXT COMMAND…: repeats a command until its standard output holds a text.
	// The server tells the others' devices a moment after it has acknowledged.
	"comes": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 2 {
			ts.Fatalf("usage: comes TEXT COMMAND…")
		}
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if err := ts.Exec(args[1], args[2:]...); err == nil && strings.Contains(ts.ReadFile("stdout"), args[0]) {
				return
			}
		}
		ts.Fatalf("it does not come to %q", args[0])
	},
	// until CODE MAX COMMAND…: repeats a command that ends with 3 until it ends
	// with CODE, at most MAX times.
	"until": func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 3 {
			ts.Fatalf("usage: until CODE MAX COMMAND…")
		}
		code, err := strconv.Atoi(args[0])
		ts.Check(err)
		most, err := strconv.Atoi(args[1])
		ts.Check(err)
		for range most {
			var exit *exec.ExitError
			if err := ts.Exec(args[2], args[3:]...); !errors.As(err, &exit) {
				ts.Fatalf("not refused: %v", err)
			}
			if exit.ExitCode() == code {
				return
			}
			if exit.ExitCode() != exitWrongSecret {
				ts.Fatalf("exit %d", exit.ExitCode())
			}
		}
		ts.Fatalf("no exit %d in %d times", code, most)
	},
	// hold DIR: another process has the lock of this home until the script ends.
	"hold": func(ts *testscript.TestScript, _ bool, args []string) {
		release, err := homelock.Lock(ts.MkAbs(args[0]))
		ts.Check(err)
		ts.Defer(func() { _ = release() })
	},
	// server start|stop|kill|operator: runs cofferd; its address is in SERVER.
	"server": func(ts *testscript.TestScript, _ bool, args []string) {
		d := ts.Value(daemonKey{}).(*daemon)
		switch args[0] {
		case "start":
			ts.Check(d.start())
			ts.Setenv("SERVER", d.url)
			ts.Defer(d.kill)
		case "stop":
			ts.Check(d.stop())
		case "kill":
			d.kill()
		case "operator": // FILE COMMAND…: what cofferd prints goes to FILE
			out, err := exec.Command(daemonPath, append(slices.Clone(args[2:]), "--data", d.data)...).Output()
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), out, 0o600))
		default:
			ts.Fatalf("usage: server start|stop|kill|operator")
		}
	},
}

type daemonKey struct{}

// daemon is a cofferd of one script. It keeps its port when it starts again.
type daemon struct {
	data, listen, url string
	cmd               *exec.Cmd
	exited            chan error
}

// daemonPath is the server's program, as TestStories has built it.
var daemonPath string

func (d *daemon) start() error {
	d.cmd = exec.Command(daemonPath, "serve", "--data", d.data, "--listen", d.listen)
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var log strings.Builder
	d.cmd.Stderr = &log
	if err := d.cmd.Start(); err != nil {
		return err
	}
	ready := make(chan string, 1)
	d.exited = make(chan error, 1)
	go func() {
		in := bufio.NewScanner(out)
		for in.Scan() {
			if url, ok := strings.CutPrefix(in.Text(), "ready "); ok {
				ready <- url
			}
		}
		d.exited <- d.cmd.Wait()
	}()
	select {
	case d.url = <-ready:
		d.listen = strings.TrimPrefix(d.url, "http://")
		return nil
	case err := <-d.exited:
		d.cmd = nil
		return fmt.Errorf("cofferd ended: %w\n%s", err, log.String())
	case <-time.After(30 * time.Second):
		d.kill()
		return errors.New("cofferd is not ready")
	}
}

// kill is SIGKILL, as a power cut is.
func (d *daemon) kill() {
	if d.cmd != nil {
		_ = d.cmd.Process.Kill()
		<-d.exited
		d.cmd = nil
	}
}

// stop asks the server to end in good order.
func (d *daemon) stop() error {
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	err := <-d.exited
	d.cmd = nil
	return err
}
