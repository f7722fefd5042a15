package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// script is a person at a terminal whose answers are known beforehand.
type script struct {
	interactive bool
	colour      bool
	answers     []string
	asked       []string
}

func (s *script) Interactive() bool { return s.interactive }
func (s *script) OutColour() bool   { return s.colour }
func (s *script) ErrColour() bool   { return s.colour }

func (s *script) ReadLine(ctx context.Context, prompt string) (string, error) {
	s.asked = append(s.asked, prompt)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if len(s.answers) == 0 {
		return "", io.EOF
	}
	a := s.answers[0]
	s.answers = s.answers[1:]
	return a, nil
}

func (s *script) ReadSecret(ctx context.Context, prompt string) ([]byte, error) {
	a, err := s.ReadLine(ctx, prompt)
	return []byte(a), err
}

// result is what a run left behind.
type result struct {
	code        int
	out, err    string
	interleaved string // both, in the order in which they were written
	engine      *fake
	asked       []string
}

// run runs a command line against the fake engine.
func run(t *testing.T, term *script, stdin string, args ...string) result {
	t.Helper()
	return runIn(t, context.Background(), term, stdin, map[string]string{}, args...)
}

func runIn(t *testing.T, ctx context.Context, term *script, stdin string, env map[string]string, args ...string) result {
	t.Helper()
	if term == nil {
		term = &script{}
	}
	f := &fake{}
	var out, errOut, both bytes.Buffer
	a := &app{
		in: strings.NewReader(stdin), out: io.MultiWriter(&out, &both), err: io.MultiWriter(&errOut, &both),
		env: func(k string) string { return env[k] }, term: term,
		now: func() time.Time { return noon }, zone: time.UTC,
		open: func(_ context.Context, a *app, _ bool) (engine, func() error, error) {
			f.typing = a.showTyping
			return f, func() error { return nil }, nil
		},
	}
	code := a.run(ctx, args)
	return result{code, out.String(), errOut.String(), both.String(), f, term.asked}
}
