package search

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client/search/normal"
)

// class says what a character does in a text.
type class uint8

const (
	separator class = iota // ends a word
	ignored                // as if it were not there
	word                   // part of a word
	single                 // a unit of its own, paired with its neighbours
	emoji                  // a word of its own
	half                   // half of a flag
)

// special are letters whose plain form Unicode's decompositions do not give.
var special = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l",
	'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ς': "σ",
}

// unspaced are the scripts in which words are not set apart, and Hangul, in
// which particles cling to words.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// folded is what a character becomes.
type folded struct {
	class class
	text  string
}

// lowRunes ends the alphabets that are looked up in a table: Latin, Greek,
// Cyrillic.
const lowRunes = 0x530

var lowTable = sync.OnceValue(func() *[lowRunes]folded {
	var t [lowRunes]folded
	for r := range rune(lowRunes) {
		t[r] = classify(r)
	}
	return &t
})

// plainTable is what the table says of bytes that are characters by themselves,
// part of a word, and become one byte; 0 for all others.
var plainTable = sync.OnceValue(func() *[256]byte {
	var t [256]byte
	for c, f := range lowTable()[:utf8.RuneSelf] {
		if f.class == word && len(f.text) == 1 {
			t[c] = f.text[0]
		}
	}
	return &t
})

// classify returns what the character r, of a text in NFKC, becomes.
func classify(r rune) folded {
	switch {
	case r == 0x00ad || r == 0x200c || r == 0x200d || r == 0x2060 || r == 0xfeff,
		0xfe00 <= r && r <= 0xfe0f, 0xe0000 <= r && r <= 0xe007f, // variation selectors, tags
		0x1f3fb <= r && r <= 0x1f3ff: // skin tones
		return folded{class: ignored}
	case 0x1f1e6 <= r && r <= 0x1f1ff:
		return folded{half, string(r)}
	case r == 0x30fc || unicode.In(r, unspaced...):
		if unicode.IsPunct(r) {
			return folded{}
		}
		return folded{single, string(r)}
	case unicode.IsMark(r) && droppable(r):
		return folded{class: ignored}
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r):
		return folded{word, foldLetter(r)}
	case r > 0x2000 && r != utf8.RuneError && unicode.Is(unicode.So, r):
		return folded{emoji, string(r)}
	}
	return folded{}
}

// droppable reports whether the mark r is a diacritic: an accent, a Hebrew or
// Arabic vowel point; not an Indic vowel.
func droppable(r rune) bool {
	return unicode.Is(unicode.Me, r) ||
		unicode.Is(unicode.Mn, r) && unicode.In(r, unicode.Inherited, unicode.Hebrew, unicode.Arabic)
}

func foldLetter(r rune) string {
	var out []byte
	for _, p := range normal.Decompose(unicode.ToLower(r)) {
		p = unicode.ToLower(p)
		switch s, ok := special[p]; {
		case ok:
			out = append(out, s...)
		case unicode.IsMark(p) && droppable(p):
		case unicode.IsDigit(p):
			out = append(out, '0'+digit(p))
		default:
			out = utf8.AppendRune(out, p)
		}
	}
	return string(out)
}

// digit returns the value of a decimal digit of any script; Unicode keeps each
// script's ten together.
func digit(r rune) byte {
	for _, x := range unicode.Nd.R16 {
		if rune(x.Lo) <= r && r <= rune(x.Hi) {
			return byte((r - rune(x.Lo)) % 10)
		}
	}
	for _, x := range unicode.Nd.R32 {
		if rune(x.Lo) <= r && r <= rune(x.Hi) {
			return byte((r - rune(x.Lo)) % 10)
		}
	}
	return 0
}
