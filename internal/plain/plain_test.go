package plain

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct{ in, line, text string }{
		{"plain ünïcode 👩‍👩‍👧 שלום", "plain ünïcode 👩‍👩‍👧 שלום", "plain ünïcode 👩‍👩‍👧 שלום"},
		{"\x1b]0;title\x07", `\u{1b}]0;title\u{7}`, `\u{1b}]0;title\u{7}`},
		{"a\nb\tc", `a\u{a}b c`, "a\nb c"},
		{"a\r\nb\rc", `a\u{d}\u{a}b\u{d}c`, "a\nb\\u{d}c"},
		{"\u009b31m", `\u{9b}31m`, `\u{9b}31m`},
		{"x\u202egpj.exe", `x\u{202e}gpj.exe`, `x\u{202e}gpj.exe`},
		{"a\u2028b\u2066c", `a\u{2028}b\u{2066}c`, `a\u{2028}b\u{2066}c`},
		{"\xff\xfe", "\ufffd\ufffd", "\ufffd\ufffd"},
		{"\x7f", `\u{7f}`, `\u{7f}`},
		{"", "", ""},
	} {
		if got := Line(c.in); got != c.line {
			t.Errorf("line %q: got %q, want %q", c.in, got, c.line)
		}
		if got := Text(c.in); got != c.text {
			t.Errorf("text %q: got %q, want %q", c.in, got, c.text)
		}
	}
}

// FuzzPlain holds what reaches a terminal free of what steers it.
func FuzzPlain(f *testing.F) {
	f.Add("hello\n\x1b[2J\u202e")
	f.Add("\xff\u2029\\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsFunc(Line(s), Steers) {
			t.Errorf("line: %q", Line(s))
		}
		if strings.ContainsFunc(strings.ReplaceAll(Text(s), "\n", ""), Steers) {
			t.Errorf("text: %q", Text(s))
		}
	})
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"beach.jpg":                      "beach.jpg",
		"../../etc/passwd":               "_.._etc_passwd",
		`C:\x\y.txt`:                     "C__x_y.txt",
		".bashrc":                        "bashrc",
		"...":                            "attachment",
		"":                               "attachment",
		"con.txt":                        "attachment.txt",
		"x\u202egpj.exe":                 "x_gpj.exe",
		"a\x00b\n":                       "a_b_",
		"\xff.bin":                       "_.bin",
		strings.Repeat("ä", 200) + ".md": strings.Repeat("ä", 58) + ".md",
	} {
		if got := FileName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
