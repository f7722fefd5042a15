package recoverycode

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// Size is the size of a secret in bytes: 136 bits.
	Size = 17
	// Characters is the number of characters of a code without its dashes.
	Characters = 2 * symbols
	// Version is the version of the codes that are made.
	Version = 1

	group    = 5
	alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's
)

// Why a text is not a code.
var (
	ErrLength        = errors.New("recoverycode: not 40 characters")
	ErrTooManyErrors = errors.New("recoverycode: too many wrong characters")
	ErrVersion       = errors.New("recoverycode: unknown version")
)

// Secret is what a code stands for: 136 random bits.
type Secret struct {
	_ [0]func()
	b [Size]byte
}

// New makes a secret from rand.
func New(rand io.Reader) (*Secret, error) {
	s := &Secret{}
	if _, err := io.ReadFull(rand, s.b[:]); err != nil {
		return nil, fmt.Errorf("recoverycode: randomness: %w", err)
	}
	return s, nil
}

// Bytes returns a copy of the secret, from which keys are derived.
func (s *Secret) Bytes() []byte { return append([]byte(nil), s.b[:]...) }

// Erase overwrites the secret.
func (s *Secret) Erase() { clear(s.b[:]) }

// Format prints no part of the secret, whatever the verb; use Code to print it.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[secret]") }

// Code returns the text to write down: eight groups of five characters, with
// dashes between.
func (s *Secret) Code() string {
	var w word
	w.setData(s.b)
	w.encode()
	var out strings.Builder
	for i := range Characters {
		if i > 0 && i%group == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(alphabet[w[i/2]>>(5*(1-i%2))&31])
	}
	return out.String()
}

// Parse reads a code. Case does not matter, nor do spaces and dashes; I and L
// are read as 1, O as 0. A question mark, or any other character that no code
// contains, is one that could not be read. All codes with up to three wrong or
// unreadable characters are corrected, and some with more; corrected is the
// number of two-character symbols that were wrong or unreadable. The errors: ErrLength,
// ErrTooManyErrors, ErrVersion.
func Parse(text string) (s *Secret, corrected int, err error) {
	var w word
	var unreadable []int
	n := 0
	for _, c := range text {
		if isSeparator(c) {
			continue
		}
		if n == Characters {
			return nil, 0, ErrLength
		}
		i := n / 2
		if v := value(c); v >= 0 {
			w[i] |= uint16(v) << (5 * (1 - n%2))
		} else if l := len(unreadable); l == 0 || unreadable[l-1] != i {
			unreadable = append(unreadable, i)
		}
		n++
	}
	if n != Characters {
		return nil, 0, ErrLength
	}
	corrected, ok := w.correct(unreadable)
	if !ok {
		return nil, 0, ErrTooManyErrors
	}
	version, b := w.getData()
	if version != Version {
		return nil, 0, ErrVersion
	}
	return &Secret{b: b}, corrected, nil
}

func isSeparator(c rune) bool {
	return strings.ContainsRune(" \t\r\n-–—_\u00a0", c)
}

// value returns the five bits of a character, or -1.
func value(c rune) int {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	switch c {
	case 'I', 'L':
		c = '1'
	case 'O':
		c = '0'
	}
	if c > 'Z' {
		return -1
	}
	return strings.IndexRune(alphabet, c)
}

// setData puts 4 bits of version and 136 bits of secret, in this order, into
// the 14 data symbols of ten bits.
func (w *word) setData(b [Size]byte) {
	bits, have, next := uint32(Version), 4, 0
	for i := range w[:data] {
		for have < 10 {
			bits = bits<<8 | uint32(b[next])
			have, next = have+8, next+1
		}
		have -= 10
		w[i] = uint16(bits >> have & fieldOrder)
	}
}

func (w *word) getData() (version int, b [Size]byte) {
	version = int(w[0] >> 6)
	bits, have, next := uint32(w[0]&0x3f), 6, 0
	for _, v := range w[1:data] {
		bits, have = bits<<10|uint32(v), have+10
		for have >= 8 {
			have -= 8
			b[next] = byte(bits >> have)
			next++
		}
	}
	return version, b
}
