// Package blob says how the server keeps attachments: ciphertext under a name
// that a client drew, written in parts, read in ranges. Package fs keeps them in
// a folder; package blobtest is the suite that every implementation passes.
package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"time"
)

// What a store answers. Implementations wrap these.
var (
	// ErrNotFound: there is no such blob, or it is not complete.
	ErrNotFound = errors.New("blob: not found")
	// ErrExists: the blob was begun with another size or deletion hash.
	ErrExists = errors.New("blob: exists")
	// ErrOffset: the part does not begin where the one before ended.
	ErrOffset = errors.New("blob: wrong offset")
	// ErrTooLong: a part goes beyond the blob's size.
	ErrTooLong = errors.New("blob: longer than announced")
	// ErrForeign: nobody with this hash has a claim on the blob.
	ErrForeign = errors.New("blob: no such claim")
	// ErrFull: the blob has as many claims as it may.
	ErrFull = errors.New("blob: too many claims")
)

// MaxHolds is how many claims a blob may have beside its uploader's.
const MaxHolds = 256

// ID names a blob.
type ID [32]byte

// ParseID reads 64 lower-case hexadecimal digits.
func ParseID(s string) (ID, bool) {
	var id ID
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(id) || hex.EncodeToString(b) != s {
		return ID{}, false
	}
	copy(id[:], b)
	return id, true
}

// String returns the digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Meta is what is kept of a blob beside its content.
type Meta struct {
	Size int64
	// DeletionHash is SHA-256 of the token that erases the blob.
	DeletionHash [32]byte
}

// Info is a blob's state.
type Info struct {
	Meta
	// Offset is how much of it is on disk.
	Offset int64
}

// Complete reports whether the whole blob is there.
func (i Info) Complete() bool { return i.Offset == i.Size }

// Store keeps blobs. Its methods may be called concurrently.
type Store interface {
	// Create begins a blob and returns its state. One that was begun with the same
	// Meta is left as it is; ErrExists for another Meta.
	Create(ctx context.Context, id ID, m Meta) (Info, error)
	// Append writes what r gives at offset, up to the blob's end, and returns the
	// state afterwards. What is counted there is on disk, also when r failed in
	// the middle. ErrNotFound, ErrOffset, ErrTooLong.
	Append(ctx context.Context, id ID, offset int64, r io.Reader) (Info, error)
	// Stat returns a blob's state, or ErrNotFound.
	Stat(ctx context.Context, id ID) (Info, error)
	// Open reads a complete blob. The caller closes it.
	Open(ctx context.Context, id ID) (io.ReadSeekCloser, Info, error)
	// Hold adds a claim on a complete blob: it stays until that one is released,
	// too. The same hash twice is one claim. ErrNotFound, ErrFull.
	Hold(ctx context.Context, id ID, hash [32]byte) error
	// Release takes back a claim, the uploader's by its deletion hash, and erases
	// the blob with the last one. ErrNotFound, ErrForeign.
	Release(ctx context.Context, id ID, hash [32]byte) error
	// Delete erases a blob, complete or not, whoever holds it; ErrNotFound.
	Delete(ctx context.Context, id ID) error
	// Sweep erases blobs that were begun before a time and are not complete.
	Sweep(ctx context.Context, before time.Time) error
}
