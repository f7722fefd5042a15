package blob

import (
	"context"
	"io"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/media"
)

// MaxSize is the size of the largest file's blob.
func MaxSize() int64 {
	l, err := media.LayoutOf(media.MaxSize)
	if err != nil {
		panic(err) // MaxSize is in range
	}
	return l.BlobSize()
}

// Held is a small sealed file in memory.
type Held struct {
	Name ID
	Data []byte
}

// ID names the blob.
func (h *Held) ID() ID { return h.Name }

// Size is the blob's in bytes.
func (h *Held) Size() int64 { return int64(len(h.Data)) }

// Chunk returns a part of it.
func (h *Held) Chunk(_ context.Context, i int64) ([]byte, error) {
	return h.Data[i*ChunkSize : min((i+1)*ChunkSize, int64(len(h.Data)))], nil
}

// Seal seals size bytes of r under a fresh key and hands the blob out in
// chunks of ChunkSize bytes, the last one shorter. Each chunk is a slice of its
// own.
func Seal(rand, r io.Reader, size int64, sink func(i int64, chunk []byte) error) (media.Ref, error) {
	key, err := media.NewKey(rand)
	if err != nil {
		return media.Ref{}, fault.Failed(err, "no randomness")
	}
	sealer, err := media.NewSealer(key, size)
	if err != nil {
		return media.Ref{}, fault.Usage("a file can have up to 1 GiB")
	}
	left := sealer.Layout().BlobSize()
	var chunk []byte
	var n int64
	add := func(sealed []byte) error {
		for len(sealed) > 0 {
			if chunk == nil {
				chunk = make([]byte, 0, min(ChunkSize, left))
			}
			k := min(len(sealed), cap(chunk)-len(chunk))
			chunk = append(chunk, sealed[:k]...)
			sealed = sealed[k:]
			if len(chunk) == cap(chunk) {
				if err := sink(n, chunk); err != nil {
					return err
				}
				left -= int64(len(chunk))
				n, chunk = n+1, nil
			}
		}
		return nil
	}
	content, sealed := make([]byte, min(size, media.SegmentSize)), []byte(nil)
	for want, more := sealer.Next(); more; want, more = sealer.Next() {
		if _, err := io.ReadFull(r, content[:want]); err != nil {
			return media.Ref{}, fault.Failed(err, "the file cannot be read, or is shorter than it was")
		}
		if sealed, err = sealer.Seal(sealed[:0], content[:want]); err != nil {
			return media.Ref{}, fault.Failed(err, "the file cannot be sealed")
		}
		if err := add(sealed); err != nil {
			return media.Ref{}, err
		}
	}
	trailer, ref, err := sealer.Finish()
	if err != nil {
		return media.Ref{}, fault.Failed(err, "the file cannot be sealed")
	}
	return ref, add(trailer)
}
