package media

import (
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
)

// Opener checks and decrypts segments of one blob, in any order. It is safe for
// concurrent use.
type Opener struct {
	layout Layout
	aead   cipher.AEAD
	leaves []Hash
}

// NewOpener returns an Opener for the file that ref describes, whose blob ends
// with trailer (Layout.TrailerOffset says where it begins). It fails with
// ErrCorrupt if the trailer is not the one that was uploaded.
func NewOpener(ref Ref, trailer []byte) (*Opener, error) {
	l, err := LayoutOf(ref.Size)
	if err != nil {
		return nil, err
	}
	leaves, err := parseTrailer(trailer, l.Segments)
	if err != nil {
		return nil, err
	}
	root := Root(leaves)
	if subtle.ConstantTimeCompare(root[:], ref.Root[:]) != 1 {
		return nil, ErrCorrupt
	}
	return &Opener{layout: l, aead: newAEAD(ref.Key), leaves: leaves}, nil
}

// Layout returns the file's layout.
func (o *Opener) Layout() Layout { return o.layout }

// Check reports with ErrCorrupt that ciphertext is not segment i.
func (o *Opener) Check(i int, ciphertext []byte) error {
	if i < 0 || i >= o.layout.Segments {
		return ErrCorrupt
	}
	leaf := LeafHash(ciphertext)
	if subtle.ConstantTimeCompare(leaf[:], o.leaves[i][:]) != 1 {
		return ErrCorrupt
	}
	return nil
}

// Open appends to dst the part of the file that the encrypted segment i holds,
// without padding. It fails with ErrCorrupt if ciphertext is anything else.
func (o *Opener) Open(dst []byte, i int, ciphertext []byte) ([]byte, error) {
	if err := o.Check(i, ciphertext); err != nil {
		return nil, err
	}
	if len(ciphertext) != o.layout.plain(i)+Overhead {
		return nil, ErrCorrupt
	}
	nonce := Nonce(i, i == o.layout.Segments-1)
	start := len(dst)
	out, err := o.aead.Open(dst, nonce[:], ciphertext, []byte(AdditionalData))
	if err != nil {
		return nil, ErrCorrupt
	}
	end := start + o.layout.Content(i)
	for _, c := range out[end:] {
		if c != 0 {
			return nil, ErrCorrupt
		}
	}
	return out[:end], nil
}

// openBlob reads and checks the trailer of a blob.
func openBlob(blob io.ReaderAt, ref Ref) (*Opener, error) {
	l, err := LayoutOf(ref.Size)
	if err != nil {
		return nil, err
	}
	trailer := make([]byte, l.TrailerSize())
	if err := readAt(blob, trailer, l.TrailerOffset()); err != nil {
		return nil, err
	}
	return NewOpener(ref, trailer)
}

// Decrypt writes the file to w. What was written before an error is genuine, but
// not all; the digest of the whole is checked last.
func Decrypt(w io.Writer, blob io.ReaderAt, ref Ref) error {
	o, err := openBlob(blob, ref)
	if err != nil {
		return err
	}
	digest := sha256.New()
	for i := range o.layout.Segments {
		part, err := o.segment(blob, i)
		if err != nil {
			return err
		}
		digest.Write(part)
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("media: writing: %w", err)
		}
	}
	if subtle.ConstantTimeCompare(digest.Sum(nil), ref.Digest[:]) != 1 {
		return ErrCorrupt
	}
	return nil
}

// ReadRange returns length bytes of the file from offset, reading and checking
// only the segments that hold them. A range that is not in the file is
// ErrInvalid.
func ReadRange(blob io.ReaderAt, ref Ref, offset int64, length int) ([]byte, error) {
	if offset < 0 || length < 0 || offset > ref.Size || int64(length) > ref.Size-offset {
		return nil, fmt.Errorf("%w: range", ErrInvalid)
	}
	o, err := openBlob(blob, ref)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, length)
	for i := int(offset / SegmentSize); len(out) < length; i++ {
		part, err := o.segment(blob, i)
		if err != nil {
			return nil, err
		}
		part = part[offset-int64(i)*SegmentSize:]
		part = part[:min(len(part), length-len(out))]
		out = append(out, part...)
		offset += int64(len(part))
	}
	return out, nil
}

func (o *Opener) segment(blob io.ReaderAt, i int) ([]byte, error) {
	offset, n := o.layout.Segment(i)
	sealed := make([]byte, n)
	if err := readAt(blob, sealed, offset); err != nil {
		return nil, err
	}
	return o.Open(nil, i, sealed)
}

func readAt(blob io.ReaderAt, b []byte, offset int64) error {
	n, err := blob.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return ErrCorrupt // the blob is too short
	}
	return fmt.Errorf("media: reading: %w", err)
}
