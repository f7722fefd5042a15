package metadata

import (
	"bytes"
	"errors"
	"io"
	"math"
)

var (
	// ErrUnknownLayout reports a picture of a kind that carries metadata which this
	// package cannot take out.
	ErrUnknownLayout = errors.New("metadata: this kind of picture cannot be cleaned")
	// ErrMalformed reports a file that is not of the kind that it begins as.
	ErrMalformed = errors.New("metadata: the file is damaged")
)

// maxPieces bounds what a plan consists of.
const maxPieces = 1 << 16

// piece is a part of the file as it was, or bytes in its place.
type piece struct {
	off, n  int64
	literal []byte
}

// Plan says what is left of a file.
type Plan struct {
	pieces []piece
	size   int64
}

// Size is the size of what is left in bytes.
func (p *Plan) Size() int64 { return p.size }

// Reader reads what is left of the file that the plan was made of.
func (p *Plan) Reader(file io.ReaderAt) io.Reader {
	parts := make([]io.Reader, len(p.pieces))
	for i, x := range p.pieces {
		if x.literal != nil {
			parts[i] = bytes.NewReader(x.literal)
		} else {
			parts[i] = io.NewSectionReader(file, x.off, x.n)
		}
	}
	return io.MultiReader(parts...)
}

// keep adds n bytes of the file from off on.
func (p *Plan) keep(off, n int64) {
	if n <= 0 {
		return
	}
	p.size += n
	if last := len(p.pieces) - 1; last >= 0 && p.pieces[last].literal == nil && p.pieces[last].off+p.pieces[last].n == off {
		p.pieces[last].n += n
		return
	}
	p.pieces = append(p.pieces, piece{off: off, n: n})
}

// put adds bytes of our own.
func (p *Plan) put(b []byte) {
	if len(b) > 0 {
		p.size += int64(len(b))
		p.pieces = append(p.pieces, piece{literal: b})
	}
}

// end checks a plan that is complete.
func (p *Plan) end() (*Plan, error) {
	if len(p.pieces) > maxPieces {
		return nil, ErrMalformed
	}
	return p, nil
}

// Clean plans what is left of a file without its metadata. How a picture is to be
// turned stays: it is how it is seen.
func Clean(file io.ReaderAt, size int64) (*Plan, error) {
	if size < 0 || size == math.MaxInt64 {
		return nil, ErrMalformed
	}
	head := make([]byte, min(size, 16))
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	f := &source{r: file, size: size}
	switch kindOf(head) {
	case kindJPEG:
		return cleanJPEG(f)
	case kindPNG:
		return cleanPNG(f)
	case kindWebP:
		return cleanWebP(f)
	case kindMovie:
		return cleanMovie(f)
	case kindOpaque:
		return nil, ErrUnknownLayout
	}
	p := &Plan{}
	p.keep(0, size)
	return p, nil
}

type kind int

const (
	kindOther kind = iota
	kindJPEG
	kindPNG
	kindWebP
	kindMovie
	kindOpaque // carries metadata, and is not understood here
)

// stills are the brands of ISO base media files that are pictures.
var stills = map[string]bool{
	"heic": true, "heix": true, "heim": true, "heis": true, "hevc": true, "hevx": true, "mif1": true, "msf1": true,
	"avif": true, "avis": true, "crx ": true,
}

func kindOf(head []byte) kind {
	has := func(at int, magic string) bool { return len(head) >= at && bytes.HasPrefix(head[at:], []byte(magic)) }
	switch {
	case has(0, "\xff\xd8\xff"):
		return kindJPEG
	case has(0, pngMagic):
		return kindPNG
	case has(0, "RIFF") && has(8, "WEBP"):
		return kindWebP
	case has(4, "ftyp") && len(head) >= 12 && stills[string(head[8:12])]:
		return kindOpaque
	case has(4, "ftyp"):
		return kindMovie
	case has(0, "II*\x00"), has(0, "MM\x00*"): // TIFF, and the raw formats built on it
		return kindOpaque
	}
	return kindOther
}

// source reads parts of a file.
type source struct {
	r    io.ReaderAt
	size int64
}

// at reads n bytes at off; ErrMalformed where the file ends before.
func (s *source) at(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || n > s.size-off {
		return nil, ErrMalformed
	}
	b := make([]byte, n)
	if _, err := s.r.ReadAt(b, off); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}
