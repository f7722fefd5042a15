package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
)

// blobChunk is how much of a blob one PUT carries, and how much of it is in
// memory at a time.
const blobChunk = 512 << 10

// maxSetbacks is how often a server may lose what it had before an upload fails.
const maxSetbacks = 3

// sealedBlob is a sealed file on its way to the server.
type sealedBlob interface {
	// id names the blob.
	id() blobID
	// size is the blob's in bytes.
	size() int64
	// chunk returns bytes i*blobChunk and up to blobChunk more. The slice is
	// good until the next call.
	chunk(ctx context.Context, i int64) ([]byte, error)
}

// putBlob uploads a blob, going on where an upload before has ended. resumed says
// that there may have been one. note is told of bytes that have arrived.
func (e *Engine) putBlob(ctx context.Context, s blobServer, blob sealedBlob, resumed bool, note func(int64)) error {
	id, size := blob.id(), blob.size()
	token := deletionToken(e.self.roots.At(1), id)
	deletion := deletionHash(token)
	clear(token)
	var at, told int64
	ask, setbacks := resumed, 0
	err := retry(ctx, func() (progress bool, err error) {
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
			chunk, err := blob.chunk(ctx, at/blobChunk)
			if err != nil {
				return false, err
			}
			next, err := s.put(ctx, id, deletion, at, size, chunk[at%blobChunk:])
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

var errSetback = errors.New("client: upload does not advance")

// whereToGoOn returns the server's offset in a blob.
func (s blobServer) whereToGoOn(ctx context.Context, id blobID, size int64) (int64, error) {
	offset, total, found, err := s.state(ctx, id)
	if err != nil || !found {
		return 0, err
	}
	if total != size {
		return 0, blobRefused(statusConflict)
	}
	return offset, nil
}
