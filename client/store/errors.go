package store

import "errors"

// What a Store can answer. Implementations wrap these with detail that names
// no key and no value.
var (
	ErrNotFound = errors.New("store: no such key")
	ErrConflict = errors.New("store: a requirement does not hold")
	ErrClosed   = errors.New("store: closed")
	ErrKey      = errors.New("store: key is empty, too long or not of the form required")
	ErrTooLarge = errors.New("store: value or batch too large")
	ErrBusy     = errors.New("store: another process keeps it busy")
	ErrFull     = errors.New("store: no space left")
	ErrFormat   = errors.New("store: written in a format that this version does not know")
	ErrCorrupt  = errors.New("store: damaged")
	ErrWrongKey = errors.New("store: sealed under another key")
	ErrCrashed  = errors.New("store: crashed (fault injection)")
)

// ErrStop, returned by the function given to Scan, ends the Scan without an
// error.
var ErrStop = errors.New("store: stop scanning")
