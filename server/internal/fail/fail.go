// Package fail makes the errors that the server's services return: a Connect
// code, and an ErrorDetail with a kind for the program and a sentence for the
// person. Kind does both; Internal is for what is nobody's fault outside.
package fail

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// codes says which Connect code belongs to each kind.
var codes = map[cofferv1.ErrorKind]connect.Code{
	cofferv1.ErrorKind_ERROR_KIND_MALFORMED:      connect.CodeInvalidArgument,
	cofferv1.ErrorKind_ERROR_KIND_HANDLE_TAKEN:   connect.CodeAlreadyExists,
	cofferv1.ErrorKind_ERROR_KIND_NOT_FOUND:      connect.CodeNotFound,
	cofferv1.ErrorKind_ERROR_KIND_NO_SESSION:     connect.CodeUnauthenticated,
	cofferv1.ErrorKind_ERROR_KIND_FORBIDDEN:      connect.CodePermissionDenied,
	cofferv1.ErrorKind_ERROR_KIND_STALE:          connect.CodeAborted,
	cofferv1.ErrorKind_ERROR_KIND_WRONG_EPOCH:    connect.CodeAborted,
	cofferv1.ErrorKind_ERROR_KIND_INVALID:        connect.CodeInvalidArgument,
	cofferv1.ErrorKind_ERROR_KIND_REMOVED:        connect.CodePermissionDenied,
	cofferv1.ErrorKind_ERROR_KIND_EXISTS:         connect.CodeAlreadyExists,
	cofferv1.ErrorKind_ERROR_KIND_TOO_LARGE:      connect.CodeInvalidArgument,
	cofferv1.ErrorKind_ERROR_KIND_RATE_LIMITED:   connect.CodeResourceExhausted,
	cofferv1.ErrorKind_ERROR_KIND_QUOTA:          connect.CodeResourceExhausted,
	cofferv1.ErrorKind_ERROR_KIND_WRONG_PASSWORD: connect.CodeUnauthenticated,
	cofferv1.ErrorKind_ERROR_KIND_INVITE_NEEDED:  connect.CodePermissionDenied,
	cofferv1.ErrorKind_ERROR_KIND_UNKNOWN_HEAD:   connect.CodeFailedPrecondition,
	cofferv1.ErrorKind_ERROR_KIND_INTERNAL:       connect.CodeInternal,
}

// Short names of the kinds.
const (
	Malformed     = cofferv1.ErrorKind_ERROR_KIND_MALFORMED
	HandleTaken   = cofferv1.ErrorKind_ERROR_KIND_HANDLE_TAKEN
	NotFound      = cofferv1.ErrorKind_ERROR_KIND_NOT_FOUND
	NoSession     = cofferv1.ErrorKind_ERROR_KIND_NO_SESSION
	Forbidden     = cofferv1.ErrorKind_ERROR_KIND_FORBIDDEN
	Stale         = cofferv1.ErrorKind_ERROR_KIND_STALE
	WrongEpoch    = cofferv1.ErrorKind_ERROR_KIND_WRONG_EPOCH
	Invalid       = cofferv1.ErrorKind_ERROR_KIND_INVALID
	Removed       = cofferv1.ErrorKind_ERROR_KIND_REMOVED
	Exists        = cofferv1.ErrorKind_ERROR_KIND_EXISTS
	TooLarge      = cofferv1.ErrorKind_ERROR_KIND_TOO_LARGE
	RateLimited   = cofferv1.ErrorKind_ERROR_KIND_RATE_LIMITED
	Quota         = cofferv1.ErrorKind_ERROR_KIND_QUOTA
	WrongPassword = cofferv1.ErrorKind_ERROR_KIND_WRONG_PASSWORD
	InviteNeeded  = cofferv1.ErrorKind_ERROR_KIND_INVITE_NEEDED
	UnknownHead   = cofferv1.ErrorKind_ERROR_KIND_UNKNOWN_HEAD
)

// Kind is an error of a kind with a message that says what to do. The message
// is constant text: no data of users is in it.
func Kind(kind cofferv1.ErrorKind, message string) error { return build(kind, message, 0) }

// RetryAfter is a rate limit's error.
func RetryAfter(wait time.Duration, message string) error { return build(RateLimited, message, wait) }

func build(kind cofferv1.ErrorKind, message string, wait time.Duration) error {
	e := connect.NewError(codes[kind], errors.New(message))
	detail, err := connect.NewErrorDetail(&cofferv1.ErrorDetail{
		Kind: kind, Message: message, RetryAfterMs: uint32(min(wait.Milliseconds(), 1<<31)),
	})
	if err == nil {
		e.AddDetail(detail)
	}
	return e
}

// Of returns the kind of an error that this package made; unspecified for others.
func Of(err error) cofferv1.ErrorKind {
	var e *connect.Error
	if errors.As(err, &e) {
		for _, d := range e.Details() {
			if v, err := d.Value(); err == nil {
				if detail, ok := v.(*cofferv1.ErrorDetail); ok {
					return detail.GetKind()
				}
			}
		}
	}
	return cofferv1.ErrorKind_ERROR_KIND_UNSPECIFIED
}

// Outward turns what a handler returned into what the peer sees: errors of this
// package as they are, an ended context as such, and all else as internal, with
// the cause in the log only.
func Outward(ctx context.Context, log *slog.Logger, procedure string, err error) error {
	if err == nil || Of(err) != cofferv1.ErrorKind_ERROR_KIND_UNSPECIFIED {
		return err
	}
	if cause := ctx.Err(); cause != nil {
		code := connect.CodeCanceled
		if errors.Is(cause, context.DeadlineExceeded) {
			code = connect.CodeDeadlineExceeded
		}
		return connect.NewError(code, errors.New("the call ended before its answer was ready"))
	}
	log.ErrorContext(ctx, "call failed", slog.String("procedure", procedure), slog.Any("cause", err))
	return Kind(cofferv1.ErrorKind_ERROR_KIND_INTERNAL, "the server failed; its log says why; try again later")
}
