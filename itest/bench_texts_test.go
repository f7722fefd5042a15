package itest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// newTexts returns a source of texts of about 200 bytes, of words as frequent
// as those of a language are.
func newTexts(seed uint64) func() string {
	word := newWords(seed)
	return func() string {
		var b strings.Builder
		for b.Len() < 195 {
			b.WriteString(word())
			b.WriteByte(' ')
		}
		return b.String()[:min(b.Len(), 200)]
	}
}

// newWords returns a source of such words.
func newWords(seed uint64) func() string {
	r := rand.New(rand.NewPCG(seed, 200))
	zipf := rand.NewZipf(r, 1.1, 4, 50_000)
	return func() string {
		var b []byte
		for n := zipf.Uint64(); ; {
			b = append(b, "etaoinshrdlucmfwypvbgk"[n%22], "aeiou"[n%5])
			if n /= 22; n == 0 {
				return string(b)
			}
		}
	}
}

// newLines returns a source of texts of many heights, a word, some sentences, a
// page: each begins with a word that no other has, n000001x, n000002x and so on.
func newLines() func() string {
	n := 0
	return func() string {
		n++
		more := n % 7
		if n%97 == 0 {
			more = 60
		}
		return strings.TrimSpace(fmt.Sprintf("n%06dx %s", n, strings.Repeat("some words about the garden ", more)))
	}
}
