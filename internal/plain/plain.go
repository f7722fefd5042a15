// Package plain makes text of other people fit for a terminal: it must not steer
// one, neither with control characters, which move the cursor or worse, nor with
// marks of direction that make a line read otherwise than it is. Both are shown as
// \u{…}.
package plain

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text returns a text fit to be printed. Line ends stay, a tab
// becomes a space.
func Text(s string) string { return escape(s, true) }

// Line is Text for what must stay on one line.
func Line(s string) string { return escape(s, false) }

func escape(s string, lines bool) string {
	clean := true
	for _, r := range s {
		if Steers(r) || r == utf8.RuneError {
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
		case Steers(r):
			fmt.Fprintf(&b, "\\u{%x}", r)
		default:
			b.WriteRune(r) // invalid UTF-8 comes as U+FFFD
		}
	}
	return b.String()
}

// Steers reports whether a terminal may take r as a command, or let it turn
// other characters around.
func Steers(r rune) bool {
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
