package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/coffer-chat/coffer/client"
)

// wayBack is the secrets by which a person comes back in: the code alone, or
// the PIN and the password, or the place of a cloud key.
type wayBack struct {
	password, pin, code secretFile
	cloud               string
}

// onlyOne reports whether at most one of them is given.
func onlyOne(given ...string) bool {
	n := 0
	for _, s := range given {
		if s != "" {
			n++
		}
	}
	return n <= 1
}

// get reads the secrets, or asks for them.
func (s *wayBack) get(ctx context.Context, a *app, o *client.RestoreOptions) (err error) {
	if s.cloud != "" && onlyOne(s.cloud, s.pin.path, s.code.path) {
		o.Cloud = s.cloud
		if s.password.path != "" {
			o.Password, err = s.password.get(ctx, a, false)
		}
		return err
	}
	usesPIN, err := s.choose(ctx, a)
	if err != nil {
		return err
	}
	if !usesPIN {
		code, err := s.code.get(ctx, a, false)
		o.Code = string(code)
		return err
	}
	if o.Password, err = s.password.get(ctx, a, false); err != nil {
		return err
	}
	o.PIN, err = s.pin.get(ctx, a, false)
	return err
}

// choose reports whether it is to be the PIN.
func (s *wayBack) choose(ctx context.Context, a *app) (pin bool, err error) {
	switch {
	case !onlyOne(s.pin.path, s.code.path, s.cloud):
		return false, usagef("--pin-file, --code-file and --cloud: only one of these at once")
	case s.code.path != "":
		return false, nil
	case s.pin.path != "":
		return true, oneStandardInput(s.pin.path, s.password.path)
	}
	return a.askPINOrCode(ctx)
}

// askPINOrCode asks which way back in to take.
func (a *app) askPINOrCode(ctx context.Context) (pin bool, err error) {
	if !a.term.Interactive() {
		return false, usagef("a way back in is needed: give --pin-file, --code-file or --cloud (- is standard input)")
	}
	for range 3 {
		answer, err := a.term.ReadLine(ctx, "By your PIN or by your recovery code? [pin/code] ")
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "pin", "p":
			return true, nil
		case "code", "c":
			return false, nil
		}
		if err != nil {
			break
		}
	}
	return false, usagef("answer pin or code, or give --pin-file, --code-file or --cloud")
}
