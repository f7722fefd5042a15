package store

import (
	"encoding/binary"
	"fmt"
)

// A structured key is a table's tag, 1 to 3 letters a to z, and then any number
// of parts: ids, which are private, and ordinals, which are not. It is written
// so that it explains itself (spec/device-store.md): a sealed store finds the
// ids in it and replaces them before the key reaches the disk.
const (
	maxTag      = 3
	partID      = 0x01 // 2 bytes of length, then the id
	partOrdinal = 0x02 // 8 bytes, big-endian
	endOfKey    = 0x40 // above every part, below every letter: the end of what begins with a key
)

// Key is a structured key. Keys are made with Table, ID and Uint64 and are
// immutable. What begins with a key follows it directly in the store's order,
// ordinals in their numeric order. The order among the ids under one key is
// fixed but means nothing. An id of less than 16 bytes counts as 16 against
// MaxKey.
type Key struct{ b string }

// Table returns the key of a table, which everything in the table begins with.
// The tag is 1 to 3 letters a to z and is legible on disk.
func Table(tag string) Key { return Key{tag} }

// ID returns the key k followed by an id: bytes that must not be legible on
// disk, such as a conversation's id or a handle.
func (k Key) ID(id []byte) Key {
	b := make([]byte, 0, len(k.b)+3+len(id))
	b = append(append(b, k.b...), partID)
	// An id too long for the length makes a key too long for any store.
	b = binary.BigEndian.AppendUint16(b, uint16(min(len(id), 0xffff)))
	return Key{string(append(b, id...))}
}

// Uint64 returns the key k followed by a number, legible on disk: a page's
// number, a sequence number.
func (k Key) Uint64(n uint64) Key {
	b := make([]byte, 0, len(k.b)+9)
	b = append(append(b, k.b...), partOrdinal)
	return Key{string(binary.BigEndian.AppendUint64(b, n))}
}

// Bytes returns the key as a Store takes it.
func (k Key) Bytes() []byte { return []byte(k.b) }

// End returns the bound above everything that begins with k, for Range.To, or
// for Range.From to start after it. It is not a key.
func (k Key) End() []byte { return append([]byte(k.b), endOfKey) }

// Range returns the range of k itself and everything that begins with it.
func (k Key) Range() Range { return Range{From: k.Bytes(), To: k.End()} }

// maxParts is how many parts ParseKey takes: more than any table's keys have.
const maxParts = 64

// Part is a part of a structured key.
type Part struct {
	ID      []byte // the id, if IsID
	Ordinal uint64 // the number, if not IsID
	IsID    bool
}

// ParseKey splits a structured key into its table's tag and its parts; ids are
// slices of key. The error is ErrKey.
func ParseKey(key []byte) (tag string, parts []Part, err error) {
	tag, rest, err := cutTag(key)
	if err != nil {
		return "", nil, err
	}
	for len(rest) > 0 {
		p, n, err := cutPart(rest)
		if err != nil {
			return "", nil, err
		}
		if len(parts) == maxParts {
			return "", nil, fmt.Errorf("%w: too many parts", ErrKey)
		}
		parts = append(parts, p)
		rest = rest[n:]
	}
	return tag, parts, nil
}

// ParseBound is ParseKey for the bounds of a range, which may also be a key's
// End: end reports that.
func ParseBound(bound []byte) (tag string, parts []Part, end bool, err error) {
	if n := len(bound); n > 0 && bound[n-1] == endOfKey {
		if tag, parts, err = ParseKey(bound[:n-1]); err == nil {
			return tag, parts, true, nil
		}
	}
	tag, parts, err = ParseKey(bound)
	return tag, parts, false, err
}

func cutTag(key []byte) (string, []byte, error) {
	n := 0
	for n < len(key) && 'a' <= key[n] && key[n] <= 'z' {
		n++
	}
	if n == 0 || n > maxTag {
		return "", nil, fmt.Errorf("%w: tag of %d letters", ErrKey, n)
	}
	return string(key[:n]), key[n:], nil
}

func cutPart(b []byte) (p Part, n int, err error) {
	switch {
	case b[0] == partOrdinal && len(b) >= 9:
		return Part{Ordinal: binary.BigEndian.Uint64(b[1:])}, 9, nil
	case b[0] == partID && len(b) >= 3:
		n := 3 + int(binary.BigEndian.Uint16(b[1:]))
		if n <= len(b) {
			return Part{ID: b[3:n], IsID: true}, n, nil
		}
	}
	return Part{}, 0, fmt.Errorf("%w: unknown part", ErrKey)
}

// Last returns the number at the end of a structured key, as a Scan over
// k.Uint64(…) wants it. ok is false if the key does not end with one.
func Last(key []byte) (n uint64, ok bool) {
	_, parts, err := ParseKey(key)
	if err != nil || len(parts) == 0 || parts[len(parts)-1].IsID {
		return 0, false
	}
	return parts[len(parts)-1].Ordinal, true
}
