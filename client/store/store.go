package store

import "context"

// Limits that every implementation enforces, in bytes. They are those of the
// narrowest place, a browser's IndexedDB handled from WebAssembly.
const (
	MaxKey   = 512      // a key has 1 to MaxKey bytes
	MaxValue = 4 << 20  // a value has 0 to MaxValue bytes
	MaxBatch = 64 << 20 // Batch.Size of one Apply
)

// Store is an ordered map from keys to values that outlives the process.
//
// Keys are compared as bytes.Compare does. All methods may be called from
// several goroutines at once, and several processes may have the same store
// open. After Close every method returns ErrClosed.
//
// Key and value slices that a Store returns, or hands to a callback, belong to
// the caller for good but must not be modified, since an implementation may
// share them. Slices given to a Store must not be modified before the call
// returns, and may be reused after.
//
// A context that is done stops a call that has not begun, and a Scan between
// two entries; it never undoes an Apply, nor leaves one half done.
type Store interface {
	// Get returns the value of key, or ErrNotFound. The value of a key that was
	// set to nothing is empty, never an error.
	Get(ctx context.Context, key []byte) ([]byte, error)

	// Scan calls fn for each entry of r, in order, and returns the first error
	// of fn; at ErrStop it ends early and returns nil. fn may call the store.
	//
	// An entry that is in the range from the call to the return is handed out
	// exactly once. One that is set or deleted meanwhile may be seen as before
	// or as after: a Scan is not a snapshot.
	Scan(ctx context.Context, r Range, fn func(key, value []byte) error) error

	// Apply checks the batch's requirements against the store and then makes
	// its changes in the order in which they were added. It is atomic: another
	// caller, or a later process after a crash, sees all of it or nothing. It is
	// durable: when Apply has returned nil the batch is on disk. If a
	// requirement does not hold, the error is ErrConflict; at that and every
	// other error nothing has changed, except that after ErrCrashed and errors
	// of the disk itself the batch may turn out to be there after a restart.
	Apply(ctx context.Context, b *Batch) error

	// Close waits for calls under way, then gives up the store's resources. A
	// second Close does nothing.
	Close() error
}

// Range selects keys k with From <= k < To.
type Range struct {
	From    []byte // nil: from the first key
	To      []byte // nil: to the last key, included
	Reverse bool   // from the last key to the first
	Limit   int    // at most so many entries; 0 or less: all
}
