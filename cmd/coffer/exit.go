package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/internal/plain"
)

// The exit codes (spec/cli.md, "Exit codes"). None ever changes its meaning.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitWrongSecret = 3
	exitLocked      = 4
	exitUnreachable = 5
	exitIntegrity   = 6
	exitInUse       = 7
	exitRefused     = 8
	exitInterrupted = 130 // 128 and SIGINT, as shells have it
)

var exitOf = map[fault.Kind]int{
	fault.KindFailed:      exitFailed,
	fault.KindUsage:       exitUsage,
	fault.KindWrongSecret: exitWrongSecret,
	fault.KindLocked:      exitLocked,
	fault.KindUnreachable: exitUnreachable,
	fault.KindIntegrity:   exitIntegrity,
	fault.KindInUse:       exitInUse,
	fault.KindRefused:     exitRefused,
}

// usagef is an error of how the command was called.
func usagef(format string, args ...any) error {
	return &fault.Error{Kind: fault.KindUsage, Message: fmt.Sprintf(format, args...)}
}

// failf is an error of something on this machine.
func failf(err error, format string, args ...any) error {
	return &fault.Error{Kind: fault.KindFailed, Message: fmt.Sprintf(format, args...), Err: err}
}

// fail prints err on standard error and returns its exit code.
func (a *app) fail(ctx context.Context, cmd *cobra.Command, err error) int {
	kind := fault.KindOf(err)
	o := errorObject{Type: "error", Kind: string(kind), Message: err.Error(), Exit: exitOf[kind]}
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		o = errorObject{Type: "error", Kind: "interrupted", Message: "interrupted", Exit: exitInterrupted}
	} else if e := (*fault.Error)(nil); errors.As(err, &e) {
		o.Promise, o.GuessesLeft, o.Choices = string(e.Promise), e.GuessesLeft, e.Choices
	}
	if a.json {
		writeObject(a.err, o)
		return o.Exit
	}
	fmt.Fprintf(a.err, "coffer: %s\n", a.errorText(&o))
	if len(o.Choices) > 0 {
		for _, c := range o.Choices {
			fmt.Fprintf(a.err, "  %s\n", plain.Line(c))
		}
	} else if kind == fault.KindUsage && cmd != nil && !a.started {
		fmt.Fprintf(a.err, "Try '%s --help'.\n", cmd.CommandPath())
	}
	return o.Exit
}

// errorText is the sentence for people.
func (a *app) errorText(o *errorObject) string {
	var b strings.Builder
	b.WriteString(plain.Line(o.Message))
	if o.GuessesLeft != nil && o.Exit == exitWrongSecret {
		fmt.Fprintf(&b, " (%s left)", plural(*o.GuessesLeft, "guess", "guesses"))
	}
	if o.Promise != "" {
		fmt.Fprintf(&b, "\n  The server broke a promise: %s (%s).", promises[fault.Promise(o.Promise)], o.Promise)
	}
	return b.String()
}

var promises = map[fault.Promise]string{
	fault.PromiseEncrypted: "only the people in a conversation can read it",
	fault.PromiseStored:    "what it acknowledged is kept",
	fault.PromiseProved:    "what it hands out can be proved",
	fault.PromiseDeleted:   "what was deleted stays deleted",
	fault.PromiseReports:   "who said what can be proved to a moderator",
}
