package normal

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// known are the characters that this Go's tables assign: a browser may know more.
func known(yield func(rune) bool) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C) && !unicode.Is(unicode.Cs, r) && !yield(r) {
			return
		}
	}
}

// TestStable: what is taken to stay as it is stays so, whatever stands beside it.
func TestStable(t *testing.T) {
	n := 0
	for r := range known {
		if r < 0x80 || !isStable(r) {
			continue
		}
		n++
		p := norm.NFKC.PropertiesString(string(r))
		if !norm.NFKC.IsNormalString(string(r)) || !p.BoundaryBefore() {
			t.Errorf("%U changes", r)
		}
	}
	if n < 30_000 {
		t.Errorf("only %d characters", n)
	}
	last := rune(0x7f)
	for _, x := range stableRanges {
		if x[0] <= last || x[1] < x[0] {
			t.Errorf("%U to %U is out of order", x[0], x[1])
		}
		last = x[1]
	}
}

// TestNormal: here and in a browser each character that changes becomes the same,
// and of the others, of which a newer browser may know more beyond the basic
// plane, those tried do not change.
func TestNormal(t *testing.T) {
	n := 0
	for r := range known {
		wantNFKC, wantNFD := norm.NFKC.String("a"+string(r)+"e\u0301"), norm.NFD.String(string(r))
		if wantNFKC == "a"+string(r)+"\u00e9" && wantNFD == string(r) && (r >= 0xa000 || r%13 != 0) {
			continue
		}
		if unicode.Is(unicode.Hangul, r) && r%101 != 0 {
			continue // thousands, by one rule
		}
		n++
		if got := NFKC("a" + string(r) + "e\u0301"); got != wantNFKC { // in a word, so that neighbours can combine
			t.Errorf("NFKC of %U is %+q, want %+q", r, got, wantNFKC)
		}
		if got := Decompose(r); got != wantNFD {
			t.Errorf("%U decomposes to %+q, want %+q", r, got, wantNFD)
		}
	}
	if n < 5_000 {
		t.Errorf("only %d characters", n)
	}
}

// TestTexts: whole texts, such as are written.
func TestTexts(t *testing.T) {
	for _, text := range []string{
		"", "plain", "Straße, größer: naïve café", "cafe\u0301", "① ½ ﬁn … ｗｉｄｅ", "Việt Nam", "Vie\u0302\u0323t", "한국어", "\u1112\u1161\u11ab",
		"がぎ", "か\u3099", "مرحبا", "مَرْحَبًا", "שלום", "שָׁלוֹם", "नमस्ते", "👩‍👩‍👧 👍🏽 🇩🇪 ❤️", "Å Å", "ǆ ĳ ŉ", "a\u00adb",
	} {
		if got, want := NFKC(text), norm.NFKC.String(text); got != want {
			t.Errorf("%+q becomes %+q, want %+q", text, got, want)
		}
	}
}
