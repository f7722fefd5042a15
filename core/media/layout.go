package media

import (
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/core/padding"
)

const (
	// SegmentSize is the number of plaintext bytes in every segment but the last.
	SegmentSize = 64 << 10
	// Overhead is what encryption adds to a segment: the AES-GCM tag.
	Overhead = 16
	// HashSize is the size of a segment's hash in the trailer.
	HashSize = 32
	// MaxSize is the largest file, 1 GiB. Servers and clients set lower limits.
	MaxSize = 1 << 30

	sealedSegment = SegmentSize + Overhead
)

var (
	// ErrInvalid reports parameters that no file can have.
	ErrInvalid = errors.New("media: invalid parameters")
	// ErrCorrupt reports data that is not what the message's sender uploaded.
	ErrCorrupt = errors.New("media: attachment does not match its message")
)

// Layout says where in a blob the parts of a file of a given size are. A blob is
// the encrypted segments, in order and without gaps, then the trailer: the hash
// of each segment.
type Layout struct {
	// Size is the file's size in bytes.
	Size int64
	// Padded is the number of bytes that are encrypted: the file, then zeros up to
	// the size that package padding gives.
	Padded int64
	// Segments is their number, at least 1.
	Segments int
}

// LayoutOf returns the layout for a file of size bytes.
func LayoutOf(size int64) (Layout, error) {
	if size < 0 || size > MaxSize {
		return Layout{}, fmt.Errorf("%w: size", ErrInvalid)
	}
	padded := int64(padding.Size(int(size)))
	return Layout{Size: size, Padded: padded, Segments: int((padded + SegmentSize - 1) / SegmentSize)}, nil
}

// TrailerOffset is where the segments end and the trailer begins.
func (l Layout) TrailerOffset() int64 { return l.Padded + int64(l.Segments)*Overhead }

// TrailerSize is the size of the trailer in bytes.
func (l Layout) TrailerSize() int { return l.Segments * HashSize }

// BlobSize is the size of the whole blob in bytes.
func (l Layout) BlobSize() int64 { return l.TrailerOffset() + int64(l.TrailerSize()) }

// Segment returns where in the blob the encrypted segment i is and how long it
// is. It panics if there is no such segment.
func (l Layout) Segment(i int) (offset int64, length int) {
	l.check(i)
	return int64(i) * sealedSegment, l.plain(i) + Overhead
}

// Content returns how many bytes of the file itself segment i holds; the last
// segments may hold padding only.
func (l Layout) Content(i int) int {
	l.check(i)
	left := l.Size - int64(i)*SegmentSize
	return int(max(0, min(left, int64(l.plain(i)))))
}

// plain is the number of encrypted bytes in segment i.
func (l Layout) plain(i int) int {
	return int(min(SegmentSize, l.Padded-int64(i)*SegmentSize))
}

func (l Layout) check(i int) {
	if i < 0 || i >= l.Segments {
		panic(fmt.Sprintf("media: segment %d of %d", i, l.Segments))
	}
}
