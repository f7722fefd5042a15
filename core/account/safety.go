package account

import (
	"crypto/sha512"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// safetyRounds makes searching for an account with a similar number dear, as
// in Signal's safety numbers.
const safetyRounds = 5200

// SafetyNumber returns the number by which two people compare accounts: 60
// digits in 12 groups of five, the same whichever comes first. It changes only
// when an account is reset.
func SafetyNumber(a, b ID) string {
	x, y := safetyHalf(a), safetyHalf(b)
	if y < x {
		x, y = y, x
	}
	return x + " " + y
}

// safetyHalf is one account's 30 digits.
func safetyHalf(id ID) string {
	content := syntax.AppendUint16(nil, formatVersion)
	return DearDigits(withLabel("safety number", append(content, id[:]...)), id[:], 6)
}

// DearDigits returns digits for people to compare, in groups of five, up to 12: each
// is five bytes of an iterated SHA-512 of what the digits stand for, modulo 100,000.
// What is hashed in with each round must be bound in first, too.
func DearDigits(first, each []byte, groups int) string {
	h := sha512.Sum512(first)
	for range safetyRounds - 1 {
		h = sha512.Sum512(append(h[:], each...))
	}
	digits := make([]byte, 0, 6*groups)
	for i := 0; i < 5*groups; i += 5 {
		n := uint64(h[i])<<32 | uint64(h[i+1])<<24 | uint64(h[i+2])<<16 | uint64(h[i+3])<<8 | uint64(h[i+4])
		for div := uint64(10_000); div > 0; div /= 10 {
			digits = append(digits, byte('0'+n/div%10))
		}
		digits = append(digits, ' ')
	}
	return string(digits[:len(digits)-1])
}
