package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text of other people must not steer a terminal: neither control characters,
// which move the cursor or worse, nor marks of direction that make a line read
// otherwise than it is. Both are shown as \u{…}.

// escapeText makes a message's text fit to be printed. Line ends stay, a tab
// becomes a space.
func escapeText(s string) string { return escape(s, true) }

// escapeLine is escapeText for what must stay on one line.
func escapeLine(s string) string { return escape(s, false) }

func escape(s string, lines bool) string {
	clean := true
	for _, r := range s {
		if steers(r) || r == utf8.RuneError {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	if lines {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == '\n' && lines:
			b.WriteByte('\n')
		case steers(r):
			fmt.Fprintf(&b, "\\u{%x}", r)
		default:
			b.WriteRune(r) // invalid UTF-8 comes as U+FFFD
		}
	}
	return b.String()
}

// steers reports whether a terminal may take r as a command, or let it turn
// other characters around.
func steers(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r < 0xa0: // C0, DEL, C1
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f: // marks of direction
		return true
	case 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069: // overrides, isolates
		return true
	case r == 0x2028, r == 0x2029: // line and paragraph separators
		return true
	case 0xfff9 <= r && r <= 0xfffb: // interlinear annotation
		return true
	}
	return false
}
