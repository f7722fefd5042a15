package syntax

import (
	"encoding/binary"
	"fmt"
)

// MaxVarint is the largest length that a variable-size integer can carry
// (RFC 9420, section 2.1.2: at most 30 bits).
const MaxVarint = 1<<30 - 1

// AppendUint8 appends v.
func AppendUint8(b []byte, v uint8) []byte { return append(b, v) }

// AppendUint16 appends v, big-endian.
func AppendUint16(b []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(b, v) }

// AppendUint32 appends v, big-endian.
func AppendUint32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }

// AppendUint64 appends v, big-endian.
func AppendUint64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

// AppendBool appends 1 for true and 0 for false; it is also the presence byte
// of an optional value.
func AppendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendVarint appends n as a variable-size integer in its shortest form. It
// panics if n is negative or above MaxVarint: no caller builds such a vector
// from outside data without having checked its size first.
func AppendVarint(b []byte, n int) []byte {
	switch {
	case n < 0 || n > MaxVarint:
		panic(fmt.Sprintf("syntax: vector length %d out of range", n))
	case n < 1<<6:
		return append(b, byte(n))
	case n < 1<<14:
		return binary.BigEndian.AppendUint16(b, uint16(n)|1<<14)
	default:
		return binary.BigEndian.AppendUint32(b, uint32(n)|2<<30)
	}
}

// AppendOpaque appends data as opaque<V>.
func AppendOpaque(b, data []byte) []byte {
	return append(AppendVarint(b, len(data)), data...)
}

// AppendString appends s as opaque<V>.
func AppendString(b []byte, s string) []byte {
	return append(AppendVarint(b, len(s)), s...)
}

// AppendVector appends what elements appends, preceded by its length in bytes.
func AppendVector(b []byte, elements func([]byte) []byte) []byte {
	start := len(b)
	// One length byte is right for most vectors; a longer one moves the body.
	b = elements(append(b, 0))
	n := len(b) - start - 1
	if n < 1<<6 {
		b[start] = byte(n)
		return b
	}
	var head [4]byte
	h := AppendVarint(head[:0], n)
	b = append(b, h[1:]...)
	copy(b[start+len(h):], b[start+1:start+1+n])
	copy(b[start:], h)
	return b
}
