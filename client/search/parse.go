package search

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrNoWords is returned for a query in which there is nothing to search for.
var ErrNoWords = errors.New("search: no words to search for")

// ErrTooLong is returned for a query of too many words.
var ErrTooLong = errors.New("search: too many words")

// Limits of a query.
const (
	maxQueryText = 4 << 10
	maxElements  = 32
)

// element is one thing that a document must have: terms side by side, the
// first at any place.
type element struct {
	terms  []string
	at     []uint32 // the terms' places, counted from the first's
	prefix bool     // a single term, and it may be the beginning of one
}

// parseQuery splits a query's text into elements.
func parseQuery(text string) ([]element, error) {
	if len(text) > maxQueryText {
		return nil, ErrTooLong
	}
	var out []element
	terms := 0
	for i, part := range splitQuotes(text) {
		if i%2 == 1 {
			if e := phrase(part); len(e.terms) > 0 {
				out = append(out, e)
			}
		} else {
			out = append(out, words(part)...)
		}
	}
	for _, e := range out {
		terms += len(e.terms)
	}
	switch {
	case terms == 0:
		return nil, ErrNoWords
	case terms > maxElements:
		return nil, ErrTooLong
	}
	last := &out[len(out)-1]
	r, _ := utf8.DecodeLastRuneInString(text)
	last.prefix = len(last.terms) == 1 && !unicode.IsSpace(r) && !isQuote(r) && isWord(last.terms[0])
	return out, nil
}

// isWord reports whether a term is a word, not an emoji or a single or pair.
func isWord(term string) bool {
	r, _ := utf8.DecodeRuneInString(term)
	return classify(r).class == word
}

// isQuote reports whether r is a double quotation mark of any typography.
func isQuote(r rune) bool { return strings.ContainsRune("\"“”„‟«»＂「」『』", r) }

// splitQuotes splits text at quotation marks: what is at odd places stood
// between two. A last mark without a partner counts for nothing.
func splitQuotes(text string) []string {
	parts := strings.FieldsFunc(markEmpty(text), isQuote)
	if len(parts)%2 == 0 {
		parts[len(parts)-2] += " " + parts[len(parts)-1]
		parts = parts[:len(parts)-1]
	}
	return parts
}

// markEmpty puts a space at both sides of each quotation mark, so that no part
// between two is empty.
func markEmpty(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, r := range text {
		b.WriteRune(r)
		if isQuote(r) {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// words returns an element for each word of a text, and one for each run of
// singles.
func words(text string) []element {
	var out []element
	var s scanner
	s.reset(text)
	for {
		u, ok := s.next()
		if !ok {
			return out
		}
		if !u.joins {
			out = append(out, element{})
		}
		out[len(out)-1].push(u)
	}
}

// phrase returns one element with all of a text.
func phrase(text string) element {
	var e element
	var s scanner
	s.reset(text)
	for {
		u, ok := s.next()
		if !ok {
			return e
		}
		e.push(u)
	}
}

// push adds the next unit. A single that joins the one before makes a pair with
// it, which takes the place of the lone one.
func (e *element) push(u unit) {
	n := len(e.terms)
	switch {
	case n == 0:
		e.terms, e.at = []string{string(u.term)}, []uint32{0}
	case !u.joins:
		e.terms, e.at = append(e.terms, string(u.term)), append(e.at, e.next())
	default:
		before := e.terms[n-1]
		if utf8.RuneCountInString(before) == 1 {
			e.terms[n-1] += string(u.term) // the lone one becomes a pair
			return
		}
		_, size := utf8.DecodeLastRuneInString(before)
		e.terms = append(e.terms, before[len(before)-size:]+string(u.term))
		e.at = append(e.at, e.at[n-1]+1)
	}
}

// next returns the place after the last unit. A pair covers two.
func (e *element) next() uint32 {
	n := len(e.terms)
	next := e.at[n-1] + 1
	if r, size := utf8.DecodeRuneInString(e.terms[n-1]); size < len(e.terms[n-1]) && classify(r).class == single {
		next++
	}
	return next
}
