package codec

import (
	"errors"
	"strconv"
)

// What can be wrong with an encoded message. An error of this package is a
// *FieldError around one of these, or one of these alone where no field is known.
var (
	// ErrTruncated: the input ends inside a field.
	ErrTruncated = errors.New("truncated message")
	// ErrMalformed: a varint is too long, or a field number is not allowed.
	ErrMalformed = errors.New("malformed message")
	// ErrWireType: a field has another wire type than its definition, or is a group.
	ErrWireType = errors.New("wrong wire type")
	// ErrTooLong: a string, bytes field or message exceeds its limit.
	ErrTooLong = errors.New("value exceeds its length limit")
	// ErrTooMany: a repeated field has more elements than its limit.
	ErrTooMany = errors.New("repeated field exceeds its limit")
	// ErrUTF8: a string is not valid UTF-8.
	ErrUTF8 = errors.New("string is not valid UTF-8")
)

// ErrNoStreaming says that a client's Doer is not a Streamer.
var ErrNoStreaming = errors.New("transport does not support streaming")

// FieldError names the field in which parsing failed. It holds numbers only,
// never a value from the input.
type FieldError struct {
	// Number is the field's number in the outermost message of this error; Err
	// may be a FieldError of the message inside it.
	Number int
	// Err is the cause.
	Err error
}

// Error returns the path of field numbers and the cause.
func (e *FieldError) Error() string {
	return "field " + strconv.Itoa(e.Number) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }
