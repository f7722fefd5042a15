// Command coffer is Coffer for people at a terminal and for scripts: accounts,
// conversations, history and the ways back to it. spec/cli.md lays down what it
// prints and how it exits.
//
// Start reading at root.go, which lists the commands; each has a file of its
// own. A command asks app.engine for the account on this device (package
// client), does one thing and prints it, as text or as JSON.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() { os.Exit(realMain()) }

// realMain runs the command line of this process and returns its exit code.
func realMain() int {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	// The first signal ends the work in good order, a second one at once.
	context.AfterFunc(ctx, cancel)
	a := &app{
		in:   os.Stdin,
		out:  os.Stdout,
		err:  os.Stderr,
		env:  os.Getenv,
		term: newConsole(os.Stdin, os.Stdout, os.Stderr),
		now:  time.Now,
		zone: time.Local,
		open: openDevice,
	}
	return a.run(ctx, os.Args[1:])
}
