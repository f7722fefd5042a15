package syntaxtest

import (
	"bytes"
	"fmt"
	"iter"
	"runtime"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// input is a hostile input and how it was made.
type input struct {
	what string
	data []byte
}

// denseSize is the size of a list of short elements: enough to show what one of
// them costs beside the constant that a decoder is granted.
const denseSize = 32 << 10

// maxCuts is at how many places of a good input lists are put, fewer in a browser's
// machine, which is slow.
func maxCuts() int {
	if runtime.GOOS == "js" {
		return 4
	}
	return 20
}

// maxAround is up to where vectors around a list are looked for.
const maxAround = 1 << 10

// hostile makes inputs of a good one: cut short, with lengths that lie, with lists
// of very many very short elements at each place where a list could begin, and
// with what is random after a good beginning.
func hostile(good []byte) iter.Seq[input] {
	return func(yield func(input) bool) {
		step := 1 + len(good)/maxCuts()
		random := noise(len(good) + 1)
		for at := 0; at <= len(good); at += step {
			for _, in := range hostileAt(good, at, &random) {
				if !yield(in) {
					return
				}
			}
		}
		for _, n := range []int{1 << 10, 1 << 15, 1 << 20} {
			junk := random.bytes(n)
			if !yield(input{"random bytes", junk}) || !yield(input{"the same over and over", repeat(good, n)}) {
				return
			}
		}
	}
}

func hostileAt(good []byte, at int, random *noise) (list []input) {
	head := good[:at]
	add := func(what string, parts ...[]byte) {
		list = append(list, input{fmt.Sprintf("%s at %d", what, at), slices.Concat(parts...)})
	}
	add("cut", head)
	for _, lie := range [][]byte{{0xBF, 0xFF, 0xFF, 0xFF}, {0x7F, 0xFF}, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, {0x9B, 0, 0, 0, 1, 0, 0, 0, 0}} {
		b := bytes.Clone(good)
		copy(b[at:], lie)
		add("a length that lies", b)
	}
	add("random", head, random.bytes(1<<10))
	for _, element := range elements(good, at) {
		body := syntax.AppendOpaque(nil, repeat(element, denseSize))
		what := fmt.Sprintf("a list of %x", element[:min(len(element), 8)])
		add(what, head, body, good[min(len(good), at+1):])
		// The same inside of vectors that may be around it.
		around := 0
		for from := 0; from < min(at, maxAround) && around < 4; from++ {
			if start, ok := vectorAround(good, from, at); ok {
				around++
				inner := slices.Concat(good[start:at], body)
				add(fmt.Sprintf("%s in a vector from %d", what, from), good[:from], syntax.AppendOpaque(nil, inner), good[min(len(good), at+1):])
			}
		}
	}
	return list
}

// elements are the shortest that many lists have, and those of the vector that
// may begin there.
func elements(good []byte, at int) [][]byte {
	list := [][]byte{{0}, {1}, {0, 0, 0}, {0, 1, 0}, {2, 0}, {1, 0xF0, 1, 0}, {0x61, 0x80}}
	r := syntax.NewReader(good[at:])
	if v := r.Opaque(); len(v) > 0 {
		list = append(list, v)
	}
	return list
}

// vectorAround reports whether the bytes at from can be the length of a vector in
// which at lies, and where its elements start.
func vectorAround(good []byte, from, at int) (start int, ok bool) {
	r := syntax.NewReader(good[from:])
	n := r.Varint()
	start = len(good) - r.Len()
	return start, r.Err() == nil && n > 1 && start <= at && start+n >= at && start+n <= len(good)
}

func repeat(b []byte, n int) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Repeat(b, 1+n/len(b))
}

// noise are bytes without a pattern, the same in every run (xorshift64).
type noise uint64

func (s *noise) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		*s ^= *s << 13
		*s ^= *s >> 7
		*s ^= *s << 17
		b[i] = byte(*s)
	}
	return b
}
