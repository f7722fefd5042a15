// Package padding hides the exact size of what is encrypted: at least 256
// bytes, above that the steps of Padmé, which leak O(log log n) bits of a
// length n and cost at most 12 %.
//
// Size says how long a padded plaintext is; Pad and Unpad apply it to formats
// that do not keep a length of their own.
package padding

import (
	"errors"
	"math/bits"
)

// Min is the smallest padded size in bytes.
const Min = 256

// ErrPadding means that a plaintext does not end in valid padding.
var ErrPadding = errors.New("padding: invalid padding")

// Size returns the padded size of n bytes: Min, or else n rounded up as Padmé
// does (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
// Communication with PURBs", section 4): with E = floor(log2 n) and
// S = floor(log2 E)+1, the last E-S bits become zero. It panics if n is
// negative.
func Size(n int) int {
	if n < 0 {
		panic("padding: negative size")
	}
	if n <= Min {
		return Min
	}
	e := bits.Len(uint(n)) - 1
	mask := 1<<(e-bits.Len(uint(e))) - 1
	return (n + mask) &^ mask
}

// Pad returns data followed by the byte 0x80 and zeros (ISO/IEC 7816-4), in
// all Size(len(data)+1) bytes. The result does not share memory with data.
func Pad(data []byte) []byte {
	b := make([]byte, Size(len(data)+1))
	copy(b, data)
	b[len(data)] = 0x80
	return b
}

// Unpad undoes Pad. The result shares memory with padded. It accepts only what
// Pad returns. Use it after authentication only: its errors tell padding apart.
func Unpad(padded []byte) ([]byte, error) {
	n := len(padded)
	for n > 0 && padded[n-1] == 0 {
		n--
	}
	if n == 0 || padded[n-1] != 0x80 || Size(n) != len(padded) {
		return nil, ErrPadding
	}
	return padded[: n-1 : n-1], nil
}
