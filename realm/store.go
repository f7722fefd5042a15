package realm

import (
	"context"
	"errors"
	"time"
)

// Key names one row of a Store: a registration, an account's heads, or, as the
// zero Key, the realm itself.
type Key [32]byte

// MaxValue is the largest value that a Store need hold, in bytes.
const MaxValue = 64 << 10

// Errors of stores.
var (
	// ErrNotFound says that nothing is stored under a key.
	ErrNotFound = errors.New("realm: not found")
	// ErrConflict says that a row is not at the version that a Change names.
	ErrConflict = errors.New("realm: changed meanwhile")
	// ErrFormat says that a database was written by a later version, or is none
	// of a realm's.
	ErrFormat = errors.New("realm: unknown database format")
)

// Row is a stored value. Version is never 0, and is different each time that a
// value is written under a key, even if the row was deleted in between.
type Row struct {
	Value   []byte
	Version uint64
}

// Change is one atomic write to one key: a compare-and-swap of its value and an
// append to its log.
type Change struct {
	Key     Key
	Version uint64 // what Get returned; 0: there must be no row
	Value   []byte // nil deletes the row and its log

	Log    [][]byte // entries to append
	LogSeq uint64   // sequence number of the last of them; the first follow on the last stored
	// LogKept is how many entries, from the newest, must be kept; older ones may
	// go. 0 keeps all.
	LogKept int

	Due    time.Time // when Store.Due is to name the key; zero: never
	Erases bool      // what the old value held must not be left on the medium
}

// Store is an ordered log and a value per key, with compare-and-swap. All methods
// may be called at once. Values handed in or out are not changed afterwards by
// either side. Package storetest holds the contract as tests.
type Store interface {
	// Get returns the newest row, or ErrNotFound.
	Get(ctx context.Context, key Key) (Row, error)
	// Apply makes a change atomic and durable: when it returns nil, it survives
	// the loss of power. It returns ErrConflict, and changes nothing, if the row
	// is at another version. After any other error the change may or may not be
	// there.
	Apply(ctx context.Context, c Change) error
	// Log returns up to limit entries of a key's log from sequence number from on,
	// oldest first.
	Log(ctx context.Context, key Key, from uint64, limit int) ([][]byte, error)
	// Due returns up to limit keys whose Due has come, in no order.
	Due(ctx context.Context, now time.Time, limit int) ([]Key, error)
}
