package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/internal/plain"
)

// FuzzJSON holds JSON that reaches a terminal free of what steers it; it keeps its
// meaning.
func FuzzJSON(f *testing.F) {
	f.Add("hello\n\x1b[2J\u202e")
	f.Add("\xff\u2029\\u202e\"<&>")
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		writeObject(&b, doneObject{"done", "x", s})
		line, ok := strings.CutSuffix(b.String(), "\n")
		if !ok || strings.ContainsFunc(line, plain.Steers) {
			t.Errorf("JSON: %q", b.String())
		}
		var back doneObject
		if err := json.Unmarshal([]byte(line), &back); err != nil || back.Target != toValid(s) {
			t.Errorf("%q came back as %q, %v", s, back.Target, err)
		}
	})
}

// toValid replaces each invalid byte by U+FFFD, as encoding/json does.
func toValid(s string) string { return string([]rune(s)) }
