package content

import "errors"

// Errors wrap one of these; none carries any part of a message.
var (
	// ErrMalformed reports bytes that are not a MIMI content message in
	// deterministic CBOR.
	ErrMalformed = errors.New("content: malformed message")
	// ErrLimit reports a message that is too large, too deep or has too many parts.
	ErrLimit = errors.New("content: limit exceeded")
	// ErrContext reports a message that claims another sender or room than the
	// one it was found with, or none.
	ErrContext = errors.New("content: sender or room differs from the log's")
	// ErrInvalid reports an argument that no message can be made of.
	ErrInvalid = errors.New("content: invalid argument")
)
