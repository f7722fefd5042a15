package transport

import "errors"

var (
	// ErrUnreachable: no answer came from the server, or not all of it. Whether
	// it has carried out the request is not known. An Error with the code
	// CodeUnavailable is also one of these.
	ErrUnreachable = errors.New("server unreachable")
	// ErrInsecure: a plain http address beyond loopback was refused.
	ErrInsecure = errors.New("plain http beyond this machine is refused")
	// ErrProtocol: what answered does not speak the Connect protocol.
	ErrProtocol = errors.New("answer is not in the Connect protocol")
	// ErrTooLarge: an answer exceeds the limit.
	ErrTooLarge = errors.New("answer exceeds the size limit")
)

// Code says how a call failed; its text is the one on the wire.
type Code string

// The codes of the Connect protocol.
const (
	CodeCanceled           Code = "canceled"
	CodeUnknown            Code = "unknown"
	CodeInvalidArgument    Code = "invalid_argument"
	CodeDeadlineExceeded   Code = "deadline_exceeded"
	CodeNotFound           Code = "not_found"
	CodeAlreadyExists      Code = "already_exists"
	CodePermissionDenied   Code = "permission_denied"
	CodeResourceExhausted  Code = "resource_exhausted"
	CodeFailedPrecondition Code = "failed_precondition"
	CodeAborted            Code = "aborted"
	CodeOutOfRange         Code = "out_of_range"
	CodeUnimplemented      Code = "unimplemented"
	CodeInternal           Code = "internal"
	CodeUnavailable        Code = "unavailable"
	CodeDataLoss           Code = "data_loss"
	CodeUnauthenticated    Code = "unauthenticated"
)

// known reports whether c is one of the codes above.
func (c Code) known() bool {
	switch c {
	case CodeCanceled, CodeUnknown, CodeInvalidArgument, CodeDeadlineExceeded,
		CodeNotFound, CodeAlreadyExists, CodePermissionDenied, CodeResourceExhausted,
		CodeFailedPrecondition, CodeAborted, CodeOutOfRange, CodeUnimplemented,
		CodeInternal, CodeUnavailable, CodeDataLoss, CodeUnauthenticated:
		return true
	}
	return false
}

// Error is a server's refusal of a call.
type Error struct {
	// Code is one of the codes above.
	Code Code
	// Message is the server's, for people; it may be empty. It comes from the
	// server as it is, so whoever shows it takes control characters out.
	Message string
	// Details are encoded messages that say more.
	Details []Detail
}

// Detail is an encoded message beside an error.
type Detail struct {
	Type  string // full name of the message, such as coffer.v1.ErrorDetail
	Value []byte // its protobuf encoding
}

// Error returns the code and the message.
func (e *Error) Error() string {
	if e.Message == "" {
		return string(e.Code)
	}
	return string(e.Code) + ": " + e.Message
}

// Is reports whether target is ErrUnreachable and the server, or a proxy in
// front of it, said that it is not available.
func (e *Error) Is(target error) bool {
	return target == ErrUnreachable && e.Code == CodeUnavailable
}

// Detail returns the first detail of the given type, and whether there is one.
func (e *Error) Detail(typ string) ([]byte, bool) {
	for _, d := range e.Details {
		if d.Type == typ {
			return d.Value, true
		}
	}
	return nil, false
}

// CodeOf returns the code of the Error in err, or "" if there is none.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// CodeOfStatus returns the code for an HTTP status whose answer carries no
// error in the Connect protocol, as the protocol lays it down.
func CodeOfStatus(status int) Code {
	switch status {
	case 400:
		return CodeInternal
	case 401:
		return CodeUnauthenticated
	case 403:
		return CodePermissionDenied
	case 404:
		return CodeUnimplemented
	case 429, 502, 503, 504:
		return CodeUnavailable
	}
	return CodeUnknown
}
