package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// terminal is the person, if there is one: asked on standard error, answering
// on standard input.
type terminal interface {
	// Interactive reports whether somebody can be asked.
	Interactive() bool
	// OutColour and ErrColour report whether standard output and standard error
	// are terminals, which understand colours and the movement of a line.
	OutColour() bool
	ErrColour() bool
	// ReadLine asks for a line, ReadSecret for one without echo. They end early
	// with ctx's error, or io.EOF.
	ReadLine(ctx context.Context, prompt string) (string, error)
	ReadSecret(ctx context.Context, prompt string) ([]byte, error)
}

// console is the terminal of this process.
type console struct {
	in, err     *os.File
	interactive bool
	outTTY      bool
	errTTY      bool
	lines       *bufio.Reader
}

func newConsole(in, out, err *os.File) *console {
	tty := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	return &console{
		in: in, err: err,
		// A question on a standard error that goes elsewhere would look like a
		// program that hangs.
		interactive: tty(in) && tty(err),
		outTTY:      tty(out), errTTY: tty(err),
		lines: bufio.NewReader(in),
	}
}

func (c *console) Interactive() bool { return c.interactive }
func (c *console) OutColour() bool   { return c.outTTY }
func (c *console) ErrColour() bool   { return c.errTTY }

type answer struct {
	text []byte
	err  error
}

// ReadLine asks for a line.
func (c *console) ReadLine(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(c.err, prompt)
	got := make(chan answer, 1)
	// Nothing ends a read from a terminal, so on a signal this goroutine is left
	// to the end of the process, which follows.
	go func() {
		line, err := c.lines.ReadString('\n')
		got <- answer{[]byte(line), err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(c.err)
		return "", ctx.Err()
	case a := <-got:
		if errors.Is(a.err, io.EOF) && len(a.text) > 0 {
			a.err = nil
		}
		return strings.TrimSpace(string(a.text)), a.err
	}
}

// ReadSecret asks for a line that is not shown.
func (c *console) ReadSecret(ctx context.Context, prompt string) ([]byte, error) {
	fd := int(c.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(c.err, prompt)
	got := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		got <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(fd, before) // else the shell would stay without echo
		fmt.Fprintln(c.err)
		return nil, ctx.Err()
	case a := <-got:
		fmt.Fprintln(c.err)
		return []byte(strings.TrimSpace(string(a.text))), a.err
	}
}
