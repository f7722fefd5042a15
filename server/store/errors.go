package store

import "errors"

// What a store answers. Implementations wrap these.
var (
	// ErrNotFound: there is no such row.
	ErrNotFound = errors.New("store: not found")
	// ErrExists: the row that was to be new is there already.
	ErrExists = errors.New("store: exists")
	// ErrTaken: the handle or invitation belongs to another account.
	ErrTaken = errors.New("store: taken")
	// ErrFormat: the database is of another program or a later version.
	ErrFormat = errors.New("store: unknown format")
	// ErrReadOnly: the store was opened for reading.
	ErrReadOnly = errors.New("store: opened for reading")
	// ErrClosed: the store has been closed.
	ErrClosed = errors.New("store: closed")
)
