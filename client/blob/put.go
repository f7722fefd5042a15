package blob

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
)

// ChunkSize is how much of a blob one PUT carries, and how much of it is in
// memory at a time.
const ChunkSize = 512 << 10

// maxSetbacks is how often a server may lose what it had before an upload fails.
const maxSetbacks = 3

// Sealed is a sealed file on its way to the server.
type Sealed interface {
	// ID names the blob.
	ID() ID
	// Size is the blob's in bytes.
	Size() int64
	// Chunk returns bytes i*ChunkSize and up to ChunkSize more. The slice is
	// good until the next call.
	Chunk(ctx context.Context, i int64) ([]byte, error)
}

// Upload uploads a blob, going on where an upload before has ended. resumed says
// that there may have been one, deletion is DeletionHash of what deletes it, and
// note is told of bytes that have arrived.
func (s Server) Upload(ctx context.Context, blob Sealed, deletion string, resumed bool, note func(int64)) error {
	id, size := blob.ID(), blob.Size()
	var at, told int64
	ask, setbacks := resumed, 0
	err := s.Retry(ctx, func() (progress bool, err error) {
		start := at
		for at < size || ask {
			if ask {
				if at, err = s.whereToGoOn(ctx, id, size); err != nil {
					at = start
					return false, err
				}
				ask = false
				continue
			}
			chunk, err := blob.Chunk(ctx, at/ChunkSize)
			if err != nil {
				return false, err
			}
			next, err := s.put(ctx, id, deletion, at, size, chunk[at%ChunkSize:])
			if err != nil {
				ask = true // how much of it arrived, only the server knows
				return at > start, err
			}
			if next <= at {
				if setbacks++; setbacks > maxSetbacks {
					return false, fault.Failed(errSetback, "the server keeps losing parts of the file; try again later")
				}
			}
			at = next
			if at > told {
				note(at - told)
				told = at
			}
		}
		return true, nil
	})
	if err == nil && told < size {
		note(size - told)
	}
	return fault.FromServer(err)
}

var errSetback = errors.New("blob: upload does not advance")

// whereToGoOn returns the server's offset in a blob.
func (s Server) whereToGoOn(ctx context.Context, id ID, size int64) (int64, error) {
	offset, total, found, err := s.state(ctx, id)
	if err != nil || !found {
		return 0, err
	}
	if total != size {
		return 0, refused(statusConflict)
	}
	return offset, nil
}
