package search

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// tokens returns a text's terms as "term@position", separated by spaces.
func tokens(text string) string {
	var s scanner
	var out []string
	s.terms(text, func(term []byte, pos uint32) { out = append(out, fmt.Sprintf("%s@%d", term, pos)) })
	return strings.Join(out, " ")
}

func TestTerms(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"nothing but marks", " .,;:!? -- … \n", ""},
		{"words", "Hello, World!", "hello@0 world@1"},
		{"apostrophe", "don't", "don@0 t@1"},
		{"digits", "room 42b at 3:15", "room@0 42b@1 at@2 3@3 15@4"},
		{"address", "bob@example.com", "bob@0 example@1 com@2"},
		{"diacritics", "Crème brûlée Ünïcödé", "creme@0 brulee@1 unicode@2"},
		{"decomposed", "Cre\u0300me", "creme@0"},
		{"letters without decomposition", "Straße Øre Łódź Æon smørrebrød", "strasse@0 ore@1 lodz@2 aeon@3 smorrebrod@4"},
		{"turkish", "İSTANBUL ısı", "istanbul@0 isi@1"},
		{"greek", "ΟΔΥΣΣΕΎΣ Ὀδυσσεύς", "οδυσσευσ@0 οδυσσευσ@1"},
		{"cyrillic", "Ёлка й", "елка@0 и@1"},
		{"hebrew points", "שָׁלוֹם", "שלום@0"},
		{"arabic vowels", "مَرْحَبًا", "مرحبا@0"},
		{"arabic digits", "٣٤", "34@0"},
		{"hindi keeps its vowels", "हिन्दी", "हिन्दी@0"},
		{"full width", "Ｈｅｌｌｏ１", "hello1@0"},
		{"ligature", "ﬁsh", "fish@0"},
		{"soft hyphen", "har\u00adbour", "harbour@0"},
		{"chinese", "你好吗", "你@0 好@1 你好@0 吗@2 好吗@1"},
		{"one character", "好", "好@0"},
		{"gap between", "你 好", "你@0 好@1"},
		{"mixed", "iPhone的手机ok", "iphone@0 的@1 手@2 的手@1 机@3 手机@2 ok@4"},
		{"japanese", "コーヒー", "コ@0 ー@1 コー@0 ヒ@2 ーヒ@1 ー@3 ヒー@2"},
		{"half-width kana", "ｶﾞ", "ガ@0"},
		{"korean", "안녕", "안@0 녕@1 안녕@0"},
		{"thai", "กิน", "ก@0 ิ@1 กิ@0 น@2 ิน@1"},
		{"emoji", "ok👍fine", "ok@0 👍@1 fine@2"},
		{"skin tone", "👍🏽", "👍@0"},
		{"variation", "❤️ ❤", "❤@0 ❤@1"},
		{"family", "👨‍👩‍👧", "👨@0 👩@1 👧@2"},
		{"flags", "🇩🇪🇫🇷 🇩", "🇩🇪@0 🇫🇷@1 🇩@2"},
		{"keycap", "1️⃣", "1@0"},
		{"invalid", "a\xffb\xc3", "a@0 b@1"},
		{"nul", "a\x00b", "a@0 b@1"},
	} {
		if got := tokens(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestTermsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 1000)
	if got := tokens(long); got != strings.Repeat("x", maxTerm)+"@0" {
		t.Errorf("a long word gives %d bytes", len(got))
	}
	var s scanner
	for name, text := range map[string]string{
		"words":      strings.Repeat("a ", maxText),
		"expanding":  strings.Repeat("ﷺ", maxText/3),
		"characters": strings.Repeat("好", maxText),
		"accents":    "a" + strings.Repeat("\u0301", maxText),
	} {
		n := 0
		s.terms(text, func(term []byte, pos uint32) {
			n++
			if len(term) == 0 || len(term) > maxTerm || pos >= maxUnits {
				t.Fatalf("%s: term of %d bytes at %d", name, len(term), pos)
			}
		})
		if n == 0 || n > 2*maxUnits {
			t.Errorf("%s: %d terms", name, n)
		}
	}
}

func FuzzTerms(f *testing.F) {
	for _, s := range []string{"Hello, World!", "你好吗 a", "👨‍👩‍👧🇩🇪", "e\u0301\xff", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s scanner
		last := map[string]uint32{}
		s.terms(text, func(term []byte, pos uint32) {
			if len(term) == 0 || len(term) > maxTerm || term[0] == 0 || !utf8.Valid(term) {
				t.Fatalf("bad term %q", term)
			}
			if before, ok := last[string(term)]; ok && pos <= before {
				t.Fatalf("positions of %q do not ascend", term)
			}
			last[string(term)] = pos
		})
		// What can be indexed can be asked for.
		if _, err := parseQuery(text); err == nil && len(last) == 0 {
			t.Fatal("a query has words where a text has none")
		}
	})
}
