package main

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
)

// app is one run of the command: what it stands on, and the global flags.
type app struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	term     terminal
	now      func() time.Time
	zone     *time.Location
	// open opens the device in a.home; create says that it may be a new one.
	open func(ctx context.Context, a *app, create bool) (e engine, release func() error, err error)

	home     string
	json     bool
	quiet    bool
	insecure bool
	timeout  time.Duration

	progress *progress
	started  bool // a command began: its errors are no longer of usage
}

// run parses args, runs the command and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	a.json = wantsJSON(args)
	out := &checked{w: a.out}
	a.out = out
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	cmd, err := root.ExecuteContextC(ctx)
	a.progress.end()
	if err == nil && out.err != nil {
		err = failf(out.err, "standard output cannot be written")
	}
	if err == nil {
		return exitDone
	}
	if !a.started && fault.KindOf(err) != fault.KindUsage {
		err = usagef("%s", err) // of cobra, about flags or arguments
	}
	return a.fail(ctx, cmd, err)
}

// wantsJSON looks for --json before the flags are parsed, so that an error in
// them is an object too.
func wantsJSON(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// engine runs f with the account on this device.
func (a *app) engine(ctx context.Context, f func(e engine) error) error { return a.with(ctx, false, f) }

// newEngine is engine for a device that may still be empty.
func (a *app) newEngine(ctx context.Context, f func(e engine) error) error {
	return a.with(ctx, true, f)
}

func (a *app) with(ctx context.Context, create bool, f func(e engine) error) (err error) {
	e, release, err := a.open(ctx, a, create)
	if err != nil {
		return err
	}
	defer func() {
		a.progress.end()
		if e := release(); err == nil {
			err = e
		}
	}()
	if err := f(e); err != nil {
		return err
	}
	a.remind(ctx, e)
	return nil
}
