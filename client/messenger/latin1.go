package messenger

import (
	"strings"
	"unicode/utf8"
)

// repair undoes the export's encoding of text: it holds each byte of the UTF-8
// as if it were a character of Latin-1, so that a smiley is four characters.
// What cannot be that is returned as it is.
func repair(s string) string {
	high := false
	for _, c := range s {
		if c > 0xff {
			return s // already proper
		}
		high = high || c >= 0x80
	}
	if !high {
		return s
	}
	b := make([]byte, 0, len(s))
	for _, c := range s {
		b = append(b, byte(c))
	}
	if !utf8.Valid(b) {
		return s
	}
	return string(b)
}

// cut shortens s to at most n bytes, at a character's end.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.Clone(s[:n])
}
