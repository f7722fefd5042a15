package search

import (
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client/search/normal"
)

// Limits of what is indexed of one message.
const (
	maxTerm  = 64      // bytes of a term; the rest of a longer word is ignored
	maxText  = 1 << 18 // bytes of a text; the rest is ignored
	maxUnits = 1 << 16 // units of a text; the rest is ignored
)

// unit is a piece of a text that is searched for as one: a word, a character
// of a script without spaces, an emoji.
type unit struct {
	term  []byte // valid until the next unit
	class class  // word, single or emoji
	joins bool   // a single that follows another without a gap
	end   int    // the offset in the normalised text at which it ends
}

// scanner cuts texts into units. The zero value is ready; it is reused for its
// buffer only.
type scanner struct {
	text  string
	at    int
	buf   []byte
	prev  class // of the unit just before at, separator after a gap
	table *[lowRunes]folded
}

// reset makes the scanner begin with a text.
func (s *scanner) reset(text string) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	if s.table == nil {
		s.table = lowTable()
	}
	s.text, s.at, s.prev = normal.NFKC(text), 0, separator
}

// peek returns what the character at s.at becomes, and its length.
func (s *scanner) peek() (folded, int) {
	c := s.text[s.at]
	if c < utf8.RuneSelf {
		return s.table[c], 1
	}
	r, n := utf8.DecodeRuneInString(s.text[s.at:])
	if r < lowRunes {
		return s.table[r], n
	}
	return classify(r), n
}

// next returns the next unit; ok is false at the end.
func (s *scanner) next() (u unit, ok bool) {
	s.buf = s.buf[:0]
	plain := plainTable()
	for s.at < len(s.text) {
		if c := plain[s.text[s.at]]; c != 0 { // most of most texts
			if len(s.buf) < maxTerm {
				s.buf = append(s.buf, c)
			}
			s.at++
			s.prev = word
			continue
		}
		f, n := s.peek()
		switch f.class {
		case ignored:
			s.at += n
			continue
		case word:
			if len(s.buf)+len(f.text) <= maxTerm {
				s.buf = append(s.buf, f.text...)
			}
			s.at += n
			s.prev = word
			continue
		}
		if len(s.buf) > 0 {
			break
		}
		s.at += n
		joins := s.prev == single
		s.prev = f.class
		switch f.class {
		case single, emoji:
			s.buf = append(s.buf, f.text...)
			return unit{s.buf, f.class, joins && f.class == single, s.at}, true
		case half:
			s.buf = append(s.buf, f.text...)
			if s.at < len(s.text) {
				if second, n := s.peek(); second.class == half {
					s.buf = append(s.buf, second.text...)
					s.at += n
				}
			}
			s.prev = emoji
			return unit{s.buf, emoji, false, s.at}, true
		}
	}
	if len(s.buf) == 0 {
		return unit{}, false
	}
	return unit{s.buf, word, false, s.at}, true
}

// terms calls fn for each term of a text, with its position. A single gives a
// term of its own and one together with the single before it, at that one's
// position. The positions of one term ascend.
func (s *scanner) terms(text string, fn func(term []byte, pos uint32)) {
	var pair []byte
	cut := 0 // where in pair the last single begins
	s.reset(text)
	for pos := range uint32(maxUnits) {
		u, ok := s.next()
		if !ok {
			return
		}
		fn(u.term, pos)
		if u.class != single {
			continue
		}
		if !u.joins {
			pair, cut = append(pair[:0], u.term...), 0
			continue
		}
		pair = append(pair[:0], pair[cut:]...)
		cut = len(pair)
		pair = append(pair, u.term...)
		fn(pair, pos-1)
	}
}
