package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens one: what a person would hold, and what a program gets.
func pseudoTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("not run: no pseudo terminal here: %v", err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("not run: no pseudo terminal here: %v", err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// screen collects what the person sees until it holds a text.
func screen(t *testing.T, person *os.File, until string) string {
	t.Helper()
	var seen strings.Builder
	b := make([]byte, 256)
	for !strings.Contains(seen.String(), until) {
		n, err := person.Read(b)
		if err != nil {
			t.Fatalf("%q: %v", seen.String(), err)
		}
		seen.Write(b[:n])
	}
	return seen.String()
}

func echoes(t *testing.T, program *os.File) bool {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return s.Lflag&unix.ECHO != 0
}

func TestConsoleHidesSecrets(t *testing.T) {
	person, program := pseudoTerminal(t)
	c := newConsole(program, program, program)
	if !c.Interactive() || !c.OutColour() || !c.ErrColour() {
		t.Fatal("a terminal is not known as one")
	}
	got := make(chan string, 2)
	go func() {
		secret, err := c.ReadSecret(context.Background(), "PIN: ")
		got <- fmt.Sprintf("%s %v", secret, err)
		line, err := c.ReadLine(context.Background(), "Still there? ")
		got <- fmt.Sprintf("%s %v", line, err)
	}()
	seen := screen(t, person, "PIN: ")
	for echoes(t, program) { // until it has been turned off
		time.Sleep(time.Millisecond)
	}
	fmt.Fprint(person, "71gk93\n")
	if s := <-got; s != "71gk93 <nil>" {
		t.Errorf("got %q", s)
	}
	if seen += screen(t, person, "Still there? "); strings.Contains(seen, "71") {
		t.Errorf("the secret is on the screen: %q", seen)
	}
	fmt.Fprint(person, "yes\n")
	if s := <-got; s != "yes <nil>" {
		t.Errorf("got %q", s)
	}
}

func TestConsoleInterrupted(t *testing.T) {
	person, program := pseudoTerminal(t)
	c := newConsole(program, program, program)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() {
		_, err := c.ReadSecret(ctx, "PIN: ")
		got <- err
	}()
	screen(t, person, "PIN: ")
	for echoes(t, program) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if !echoes(t, program) {
		t.Error("the terminal is left without echo")
	}
	fmt.Fprint(person, "\n") // ends the read that was left behind
}

// TestConsoleHalf: a question that nobody would see is not asked.
func TestConsoleHalf(t *testing.T) {
	_, program := pseudoTerminal(t)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []*console{newConsole(program, program, null), newConsole(null, program, program), newConsole(null, null, null)} {
		if c.Interactive() {
			t.Errorf("%+v", c)
		}
	}
}
