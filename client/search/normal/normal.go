// Package normal brings texts into Unicode's normal forms. Natively
// golang.org/x/text does it; in a browser the browser does, whose tables need not
// be downloaded (docs/adr/0015). Both agree on every character that both know.
package normal

import "unicode/utf8"

// NFKC returns the compatibility composition of a text.
func NFKC(text string) string {
	if stable(text) {
		return text
	}
	return nfkc(text)
}

// Decompose returns the canonical decomposition of a character, itself where it
// has none.
func Decompose(r rune) string {
	if r < firstDecomposed {
		return string(r)
	}
	return nfd(r)
}

// firstDecomposed is the first character with a canonical decomposition.
const firstDecomposed = 0xc0

// stable reports whether a text is certainly its own NFKC: whether it has only
// characters that stay what they are, whatever stands beside them. So most texts
// are handed to nobody.
func stable(text string) bool {
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if n == 1 || !isStable(r) {
			return false
		}
		i += n
	}
	return true
}

func isStable(r rune) bool {
	for _, x := range stableRanges {
		if r <= x[1] {
			return r >= x[0]
		}
	}
	return false
}

// stableRanges are letters of living scripts, punctuation and emoji, ascending. A
// test holds each character to what stable says.
var stableRanges = [...][2]rune{
	{0xc0, 0x131}, {0x134, 0x13e}, {0x141, 0x148}, {0x14a, 0x17e}, // Latin
	{0x388, 0x3ce},                 // Greek
	{0x400, 0x482}, {0x48a, 0x52f}, // Cyrillic
	{0x5d0, 0x5ea},                                                 // Hebrew
	{0x621, 0x64a}, {0x660, 0x669}, {0x679, 0x6d3}, {0x6f0, 0x6f9}, // Arabic
	{0x904, 0x939}, {0x966, 0x96f}, // Devanagari
	{0xe01, 0xe30}, {0xe40, 0xe46}, // Thai
	{0x1ea0, 0x1ef9}, // Vietnamese
	{0x200c, 0x200d}, {0x2013, 0x2014}, {0x2018, 0x2019}, {0x201c, 0x201e}, {0x2022, 0x2022}, {0x20ac, 0x20ac},
	{0x3041, 0x3096}, {0x30a1, 0x30fc}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, // East Asia
	{0xfe0f, 0xfe0f}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f900, 0x1f9ff}, // emoji
}
