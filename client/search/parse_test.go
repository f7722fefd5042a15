package search

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func describe(elements []element) string {
	var out []string
	for _, e := range elements {
		s := ""
		for i, t := range e.terms {
			s += fmt.Sprintf("+%s@%d", t, e.at[i])
		}
		if e.prefix {
			s += "*"
		}
		out = append(out, s[1:])
	}
	return strings.Join(out, " ")
}

func TestParseQuery(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"harbour", "harbour@0*"},
		{"harbour ", "harbour@0"},
		{"Meet me", "meet@0 me@0*"},
		{`"meet me"`, "meet@0+me@1"},
		{`"meet me" at`, "meet@0+me@1 at@0*"},
		{`at "meet me`, "at@0 meet@0 me@0*"},
		{`“meet me” x`, "meet@0+me@1 x@0*"},
		{`"" x ""`, "x@0"},
		{`a "b" c "d e" f`, "a@0 b@0 c@0 d@0+e@1 f@0*"},
		{`"b`, "b@0*"},
		{`b"`, "b@0"},
		{"你好吗", "你好@0+好吗@1"},
		{"你好", "你好@0"},
		{"好", "好@0"},
		{"你好 吗", "你好@0 吗@0"},
		{"ok你好", "ok@0 你好@0"},
		{`"ok 你好吗 ok 好"`, "ok@0+你好@1+好吗@2+ok@4+好@5"},
		{`"你 好"`, "你@0+好@1"},
		{"👍", "👍@0"},
		{"wor👍ld", "wor@0 👍@0 ld@0*"},
	} {
		got, err := parseQuery(test.text)
		if err != nil || describe(got) != test.want {
			t.Errorf("%q: got %q, %v; want %q", test.text, describe(got), err, test.want)
		}
	}
}

func TestParseQueryRefuses(t *testing.T) {
	for text, want := range map[string]error{
		"":                                     ErrNoWords,
		"  \t":                                 ErrNoWords,
		"?!":                                   ErrNoWords,
		`""`:                                   ErrNoWords,
		`"`:                                    ErrNoWords,
		strings.Repeat("a ", maxElements+1):    ErrTooLong,
		strings.Repeat("好", maxElements+2):     ErrTooLong,
		strings.Repeat("x", maxQueryText+1):    ErrTooLong,
		`"` + strings.Repeat("a ", 40) + `" b`: ErrTooLong,
	} {
		if _, err := parseQuery(text); !errors.Is(err, want) {
			t.Errorf("%.20q: %v, want %v", text, err, want)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{`"meet me" at`, "你好吗", `"`, "👍 x", "«a» b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		elements, err := parseQuery(text)
		if err != nil {
			if !errors.Is(err, ErrNoWords) && !errors.Is(err, ErrTooLong) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		for _, e := range elements {
			if len(e.terms) == 0 || len(e.terms) != len(e.at) || (e.prefix && len(e.terms) > 1) {
				t.Fatalf("bad element %v", e)
			}
		}
	})
}
