package pinvault

import (
	"errors"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// formatVersion is the first byte of every structure of this package.
//
//	1: the first
const formatVersion = 1

// MaxMessage is the largest request or response in bytes.
const MaxMessage = 64 << 10

// Errors of decoders, besides those of package syntax.
var (
	// ErrVersion says that a structure is of a later version.
	ErrVersion = errors.New("pinvault: unknown format version")
	// ErrFormat says that a structure is well-formed but not allowed.
	ErrFormat = errors.New("pinvault: malformed message")
)

func readVersion(r *syntax.Reader) {
	if v := r.Uint8(); r.Err() == nil && v != formatVersion {
		r.Fail(ErrVersion)
	}
}
