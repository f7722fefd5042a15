package transport

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// errJSON says that a text is not JSON, or nested too deeply.
var errJSON = errors.New("not JSON")

// maxDepth bounds how deeply values may be nested.
const maxDepth = 16

// scanner reads JSON (RFC 8259) from front to back, just enough for the errors
// of the Connect protocol: encoding/json would add a tenth to the browser core.
type scanner struct {
	b     []byte
	depth int
	err   error
}

func (s *scanner) fail() {
	if s.err == nil {
		s.err = errJSON
	}
	s.b = nil
}

// peek returns the next byte that is not white space, 0 at the end.
func (s *scanner) peek() byte {
	for len(s.b) > 0 {
		switch s.b[0] {
		case ' ', '\t', '\r', '\n':
			s.b = s.b[1:]
		default:
			return s.b[0]
		}
	}
	return 0
}

// eat passes over c, which must be next.
func (s *scanner) eat(c byte) {
	if s.peek() != c || len(s.b) == 0 {
		s.fail()
		return
	}
	s.b = s.b[1:]
}

// list reads what stands between open and end, calling item for each element.
func (s *scanner) list(open, end byte, item func()) {
	s.eat(open)
	if s.depth++; s.depth > maxDepth {
		s.fail()
	}
	for first := true; s.err == nil && s.peek() != end; first = false {
		if !first {
			s.eat(',')
		}
		item()
	}
	s.eat(end)
	s.depth--
}

// object reads an object; member must read or skip the value.
func (s *scanner) object(member func(key string)) {
	s.list('{', '}', func() {
		key := s.text()
		s.eat(':')
		member(key)
	})
}

// array reads an array; element must read or skip the value.
func (s *scanner) array(element func()) { s.list('[', ']', element) }

// skip passes over any value.
func (s *scanner) skip() {
	switch c := s.peek(); {
	case c == '{':
		s.object(func(string) { s.skip() })
	case c == '[':
		s.array(s.skip)
	case c == '"':
		s.text()
	default:
		s.bare()
	}
}

// bare passes over a number, true, false or null.
func (s *scanner) bare() {
	n := 0
	for n < len(s.b) {
		c := s.b[n]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == 'E' || c == '+' || c == '-' || c == '.') {
			break
		}
		n++
	}
	word := string(s.b[:n])
	if word != "true" && word != "false" && word != "null" && !number(word) {
		s.fail()
		return
	}
	s.b = s.b[n:]
}

// number reports whether word is a JSON number: -?int frac? exp?
func number(word string) bool {
	digits := func() int {
		n := 0
		for n < len(word) && '0' <= word[n] && word[n] <= '9' {
			n++
		}
		word = word[n:]
		return n
	}
	word = strings.TrimPrefix(word, "-")
	zero := strings.HasPrefix(word, "0")
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if frac, ok := strings.CutPrefix(word, "."); ok {
		if word = frac; digits() == 0 {
			return false
		}
	}
	if word != "" && (word[0] == 'e' || word[0] == 'E') {
		word = word[1:]
		if word != "" && (word[0] == '+' || word[0] == '-') {
			word = word[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return word == ""
}

// text reads a string. What is not valid UTF-8 becomes U+FFFD.
func (s *scanner) text() string {
	s.eat('"')
	var out []byte
	for len(s.b) > 0 {
		c := s.b[0]
		switch {
		case c == '"':
			s.b = s.b[1:]
			return string(out)
		case c < ' ':
			s.fail()
		case c == '\\':
			out = s.escape(out)
		default:
			r, n := utf8.DecodeRune(s.b)
			out = utf8.AppendRune(out, r)
			s.b = s.b[n:]
		}
	}
	s.fail()
	return ""
}

// escape reads one escape sequence, or two that make a surrogate pair.
func (s *scanner) escape(out []byte) []byte {
	if len(s.b) < 2 {
		s.fail()
		return out
	}
	c := s.b[1]
	switch c {
	case '"', '\\', '/':
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r := s.unit()
		if utf16.IsSurrogate(r) {
			before := *s
			if pair := utf16.DecodeRune(r, s.unit()); pair != utf8.RuneError && s.err == nil {
				return utf8.AppendRune(out, pair)
			}
			*s, r = before, utf8.RuneError
		}
		return utf8.AppendRune(out, r)
	default:
		s.fail()
		return out
	}
	s.b = s.b[2:]
	return append(out, c)
}

// unit reads \uXXXX.
func (s *scanner) unit() rune {
	if len(s.b) < 6 || s.b[0] != '\\' || s.b[1] != 'u' {
		s.fail()
		return utf8.RuneError
	}
	v, err := strconv.ParseUint(string(s.b[2:6]), 16, 16)
	if err != nil {
		s.fail()
		return utf8.RuneError
	}
	s.b = s.b[6:]
	return rune(v)
}

// end checks that nothing but white space is left.
func (s *scanner) end() error {
	if s.err == nil && s.peek() != 0 || len(s.b) > 0 {
		s.fail()
	}
	return s.err
}
