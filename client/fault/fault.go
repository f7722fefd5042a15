// Package fault is what an engine's callers meet when something does not work:
// errors of a few kinds, each with a sentence that says what to do next, and, where
// the server misbehaved, the promise that it broke. Its functions are safe for
// concurrent use.
package fault

import (
	"context"
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/transport"
)

// Kind classes an error by what its reader does next. A kind's text never
// changes.
type Kind string

// The kinds of error.
const (
	KindFailed      Kind = "failed"       // something here did not work
	KindUsage       Kind = "usage"        // the request makes no sense as it is
	KindWrongSecret Kind = "wrong-secret" // wrong PIN, code or password
	KindLocked      Kind = "locked"       // the PIN is used up
	KindUnreachable Kind = "unreachable"  // server or too many realms
	KindIntegrity   Kind = "integrity"    // the server misbehaved
	KindInUse       Kind = "in-use"       // another process holds the home
	KindRefused     Kind = "refused"      // the server says no
)

// Promise names what a server broke.
type Promise string

// The promises (DESIGN, section 1), and what breaks each.
const (
	PromiseEncrypted Promise = "encrypted" // somebody was let in who may not read
	PromiseStored    Promise = "stored"    // what was acknowledged is not there
	PromiseProved    Promise = "proved"    // a log, chain or record does not verify
	PromiseDeleted   Promise = "deleted"   // something deleted came back
	PromiseReports   Promise = "reports"   // a frank or franking tag does not verify
)

// Error is an error that a person meets.
type Error struct {
	Kind Kind
	// Message is one lower-case sentence that says what to do next.
	Message string
	// Promise is set with KindIntegrity.
	Promise Promise
	// Form is what Message was made of, by which a translation finds it: the format,
	// or for a server's refusal the name of its ErrorKind; "" means Message itself.
	// Values are what was filled in.
	Form   string
	Values []string
	// GuessesLeft is set with KindWrongSecret and KindLocked, for a PIN.
	GuessesLeft *int
	// Choices are what an ambiguous name could be, with KindUsage.
	Choices []string
	// Mark is what errors.Is finds beside Err: a sentinel whose words the message
	// says already, so that they are not said twice.
	Mark error
	Err  error
}

// Is reports whether the error is one that Mark stands for.
func (e *Error) Is(target error) bool { return e.Mark != nil && errors.Is(e.Mark, target) }

// Error returns the message, and the cause where there is one.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Failed returns the error of something that did not work here.
func Failed(err error, format string, args ...any) *Error {
	return said(&Error{Kind: KindFailed, Err: err}, format, args)
}

// Usage returns the error of a request that makes no sense as it is.
func Usage(format string, args ...any) *Error {
	return said(&Error{Kind: KindUsage}, format, args)
}

// Refused returns the error of what the server, or whom it would concern, does not
// allow.
func Refused(format string, args ...any) *Error {
	return said(&Error{Kind: KindRefused}, format, args)
}

// Broken returns the error of a server that broke a promise.
func Broken(p Promise, err error, format string, args ...any) *Error {
	return said(&Error{Kind: KindIntegrity, Promise: p, Err: err}, format, args)
}

func said(e *Error, format string, args []any) *Error {
	e.Message, e.Form, e.Values = fmt.Sprintf(format, args...), format, Values(args)
	return e
}

// Values are the texts of what a sentence is made with. What is one thing in the
// sentence and another by itself, such as "2 days", has a method Value.
func Values(args []any) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if v, ok := a.(interface{ Value() string }); ok {
			out[i] = v.Value()
		} else {
			out[i] = fmt.Sprint(a)
		}
	}
	return out
}

// KindOf classes any error that the engine returned.
func KindOf(err error) Kind {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.Is(err, transport.ErrUnreachable), errors.Is(err, context.DeadlineExceeded):
		return KindUnreachable
	case errors.Is(err, store.ErrBusy):
		return KindInUse
	}
	return KindFailed
}

// Refusal returns why the server refused a call, ErrorKindUnspecified where
// err is no refusal.
func Refusal(err error) (wire.ErrorKind, string) {
	var e *transport.Error
	if !errors.As(err, &e) {
		return 0, ""
	}
	if b, ok := e.Detail("coffer.v1.ErrorDetail"); ok {
		if d, err := wire.ParseErrorDetail(b); err == nil {
			return d.Kind, d.Message
		}
	}
	return 0, e.Message
}

// FromServer turns the error of a call into one for people.
func FromServer(err error) error {
	if err == nil {
		return nil
	}
	var mine *Error
	if errors.As(err, &mine) {
		return err
	}
	if errors.Is(err, transport.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Kind: KindUnreachable, Message: "the server cannot be reached; try again later", Err: err}
	}
	var e *transport.Error
	if errors.As(err, &e) {
		kind, message := Refusal(err)
		if message == "" {
			message = "the server refused"
		}
		return &Error{Kind: KindRefused, Message: message, Form: kind.String()}
	}
	return Failed(err, "talking to the server")
}
