package transport

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// What the Connect protocol says in headers.
const (
	// UnaryType is the content type of a unary call's body and answer.
	UnaryType = "application/proto"
	// StreamType is the content type of a streaming call's body and answer.
	StreamType = "application/connect+proto"
	// ErrorType is the content type of a unary call's error.
	ErrorType = "application/json"
	// MaxError is the greatest size of an error, in bytes, that is read.
	MaxError = 64 << 10
)

// maxDetails bounds how many details of an error are kept.
const maxDetails = 16

// RequestHeader returns the headers of a call with the given content type. A
// timeout of 0 is none; the protocol allows ten digits of milliseconds. A token
// of "" is none.
func RequestHeader(contentType string, timeout time.Duration, token string) [][2]string {
	h := [][2]string{
		{"Content-Type", contentType},
		{"Connect-Protocol-Version", "1"},
	}
	if ms := timeout.Milliseconds(); timeout > 0 && ms < 1e10 {
		h = append(h, [2]string{"Connect-Timeout-Ms", strconv.FormatInt(max(ms, 1), 10)})
	}
	if token != "" {
		h = append(h, [2]string{"Authorization", "Bearer " + token})
	}
	return h
}

// IsType reports whether a Content-Type header names the type want, whatever
// its parameters.
func IsType(header, want string) bool {
	typ, _, _ := strings.Cut(header, ";")
	return strings.EqualFold(strings.TrimSpace(typ), want)
}

// DecodeError reads a unary call's error. What is not one gets the code that
// belongs to the HTTP status.
func DecodeError(status int, contentType string, body []byte) *Error {
	if IsType(contentType, ErrorType) {
		s := &scanner{b: body}
		if e := s.connectError(); s.end() == nil {
			if !e.Code.known() {
				e.Code = CodeOfStatus(status)
			}
			return e
		}
	}
	return &Error{Code: CodeOfStatus(status), Message: "HTTP status " + strconv.Itoa(status)}
}

// DecodeEnd reads the frame that ends a stream: nil for a stream that ended
// well, an *Error, or ErrProtocol.
func DecodeEnd(body []byte) error {
	s := &scanner{b: body}
	var found *Error
	s.object(func(key string) {
		if key == "error" && s.peek() == '{' {
			found = s.connectError()
		} else {
			s.skip()
		}
	})
	switch {
	case s.end() != nil:
		return ErrProtocol
	case found == nil:
		return nil
	case !found.Code.known():
		found.Code = CodeUnknown
	}
	return found
}

// connectError reads the object {code, message, details}.
func (s *scanner) connectError() *Error {
	e := new(Error)
	s.object(func(key string) {
		switch {
		case key == "code" && s.peek() == '"':
			e.Code = Code(s.text())
		case key == "message" && s.peek() == '"':
			e.Message = s.text()
		case key == "details" && s.peek() == '[':
			s.array(func() {
				if d, ok := s.detail(); ok && len(e.Details) < maxDetails {
					e.Details = append(e.Details, d)
				}
			})
		default:
			s.skip()
		}
	})
	return e
}

// detail reads one element of details, and reports whether it is one.
func (s *scanner) detail() (Detail, bool) {
	if s.peek() != '{' {
		s.skip()
		return Detail{}, false
	}
	var d Detail
	valid := false
	s.object(func(key string) {
		switch {
		case key == "type" && s.peek() == '"':
			d.Type = s.text()
		case key == "value" && s.peek() == '"':
			v, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s.text(), "="))
			d.Value, valid = v, err == nil
		default:
			s.skip()
		}
	})
	return d, valid && d.Type != ""
}
