package account

import (
	"crypto/sha512"
	"fmt"
	"strings"

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
	digits := x + y
	groups := make([]string, 0, 12)
	for ; digits != ""; digits = digits[5:] {
		groups = append(groups, digits[:5])
	}
	return strings.Join(groups, " ")
}

// safetyHalf is one account's 30 digits: six times five bytes of an iterated
// SHA-512, each modulo 100,000.
func safetyHalf(id ID) string {
	content := syntax.AppendUint16(nil, formatVersion)
	h := sha512.Sum512(withLabel("safety number", append(content, id[:]...)))
	for range safetyRounds - 1 {
		h = sha512.Sum512(append(h[:], id[:]...))
	}
	var digits strings.Builder
	for i := 0; i < 30; i += 5 {
		n := uint64(h[i])<<32 | uint64(h[i+1])<<24 | uint64(h[i+2])<<16 | uint64(h[i+3])<<8 | uint64(h[i+4])
		fmt.Fprintf(&digits, "%05d", n%100000)
	}
	return digits.String()
}
