package media

import (
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
)

// Sealer encrypts one file, segment after segment. It is not safe for
// concurrent use.
type Sealer struct {
	layout Layout
	key    Key
	aead   cipher.AEAD
	leaves []Hash
	digest hash.Hash
	buf    []byte
}

// NewSealer returns a Sealer for a file of size bytes. The key must be fresh:
// an upload that is taken up again after the file may have changed needs a new
// one, and begins anew.
func NewSealer(key Key, size int64) (*Sealer, error) {
	l, err := LayoutOf(size)
	if err != nil {
		return nil, err
	}
	return &Sealer{layout: l, key: key, aead: newAEAD(key), digest: sha256.New()}, nil
}

// Layout returns the file's layout.
func (s *Sealer) Layout() Layout { return s.layout }

// Next returns how many bytes of the file the next call of Seal wants, which is
// 0 for a segment of padding; more is false when every segment is sealed.
func (s *Sealer) Next() (n int, more bool) {
	if i := len(s.leaves); i < s.layout.Segments {
		return s.layout.Content(i), true
	}
	return 0, false
}

// Seal appends the next encrypted segment to dst; content is the next part of
// the file, exactly as long as Next says. It fails with ErrInvalid otherwise.
func (s *Sealer) Seal(dst, content []byte) ([]byte, error) {
	want, more := s.Next()
	if !more || len(content) != want {
		return nil, fmt.Errorf("%w: content of a segment", ErrInvalid)
	}
	i := len(s.leaves)
	s.digest.Write(content)
	plain := content
	if n := s.layout.plain(i); n > want {
		s.buf = append(append(s.buf[:0], content...), make([]byte, n-want)...)
		plain = s.buf
	}
	nonce := Nonce(i, i == s.layout.Segments-1)
	start := len(dst)
	dst = s.aead.Seal(dst, nonce[:], plain, []byte(AdditionalData))
	s.leaves = append(s.leaves, LeafHash(dst[start:]))
	return dst, nil
}

// Finish returns the trailer, which follows the segments in the blob, and the
// reference for the message. It fails with ErrInvalid before the last segment.
func (s *Sealer) Finish() (trailer []byte, ref Ref, err error) {
	if _, more := s.Next(); more {
		return nil, Ref{}, fmt.Errorf("%w: segments missing", ErrInvalid)
	}
	ref = Ref{Key: s.key, Size: s.layout.Size, Root: Root(s.leaves)}
	s.digest.Sum(ref.Digest[:0])
	return Trailer(s.leaves), ref, nil
}

// Encrypt reads size bytes from r and writes the blob to w. It fails with
// ErrInvalid if r holds fewer or more; then the key must not be used again.
func Encrypt(w io.Writer, r io.Reader, key Key, size int64) (Ref, error) {
	s, err := NewSealer(key, size)
	if err != nil {
		return Ref{}, err
	}
	plain := make([]byte, min(size, SegmentSize))
	sealed := make([]byte, 0, sealedSegment)
	for n, more := s.Next(); more; n, more = s.Next() {
		if _, err := io.ReadFull(r, plain[:n]); err != nil {
			return Ref{}, readError(err)
		}
		if sealed, err = s.Seal(sealed[:0], plain[:n]); err != nil {
			return Ref{}, err
		}
		if _, err := w.Write(sealed); err != nil {
			return Ref{}, fmt.Errorf("media: writing: %w", err)
		}
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n != 0 {
		return Ref{}, fmt.Errorf("%w: file is longer than its size", ErrInvalid)
	} else if err != io.EOF {
		return Ref{}, readError(err)
	}
	trailer, ref, err := s.Finish()
	if err != nil {
		return Ref{}, err
	}
	if _, err := w.Write(trailer); err != nil {
		return Ref{}, fmt.Errorf("media: writing: %w", err)
	}
	return ref, nil
}

func readError(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("%w: file is shorter than its size", ErrInvalid)
	}
	return fmt.Errorf("media: reading: %w", err)
}
