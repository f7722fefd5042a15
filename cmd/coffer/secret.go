package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// maxSecretLine bounds the first line of a secret's file.
const maxSecretLine = 4096

// secretFile is a flag that names a file with a secret, and how to ask for it
// where there is no file. Secrets are never arguments or in the environment,
// which other people's programs can read.
type secretFile struct {
	flag   string // without dashes
	what   string // such as "PIN"
	path   string
	advice string // shown before it is asked for
}

func (s *secretFile) add(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&s.path, s.flag, "", usage)
}

// oneStandardInput refuses that two secrets are read from standard input.
func oneStandardInput(paths ...string) error {
	n := 0
	for _, p := range paths {
		if p == "-" {
			n++
		}
	}
	if n > 1 {
		return usagef("standard input (-) can be only one of these")
	}
	return nil
}

// get reads the secret from its file, or asks for it; twice makes it a new one,
// typed twice.
func (s *secretFile) get(ctx context.Context, a *app, twice bool) ([]byte, error) {
	if s.path != "" {
		return s.read(a.in)
	}
	if !a.term.Interactive() {
		return nil, usagef("the %s is needed: give the file that holds it with --%s (- is standard input)", s.what, s.flag)
	}
	a.progress.end()
	if s.advice != "" {
		a.note("%s", s.advice)
	}
	for range 3 {
		first, err := a.ask(ctx, capital(s.what)+": ")
		if err != nil {
			return nil, err
		}
		if len(first) == 0 {
			return nil, usagef("no %s was given", s.what)
		}
		if !twice {
			return first, nil
		}
		again, err := a.ask(ctx, capital(s.what)+" again: ")
		if err != nil {
			return nil, err
		}
		if bytes.Equal(first, again) {
			clear(again)
			return first, nil
		}
		a.note("These were not the same; try again.")
	}
	return nil, usagef("the %s was not typed twice the same", s.what)
}

func (a *app) ask(ctx context.Context, prompt string) ([]byte, error) {
	b, err := a.term.ReadSecret(ctx, prompt)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return b, err
}

// read takes the first line, without what is white around it.
func (s *secretFile) read(stdin io.Reader) ([]byte, error) {
	in := stdin
	if s.path != "-" {
		f, err := os.Open(s.path)
		if err != nil {
			return nil, usagef("--%s: %s", s.flag, err)
		}
		defer f.Close()
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, maxSecretLine+1)).ReadBytes('\n')
	if err != nil && err != io.EOF {
		return nil, usagef("--%s: %s", s.flag, err)
	}
	if len(line) > maxSecretLine {
		return nil, usagef("--%s: the first line is too long", s.flag)
	}
	secret := bytes.TrimSpace(line)
	if len(secret) == 0 {
		return nil, usagef("--%s: the first line is empty", s.flag)
	}
	return secret, nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
