package recoverycode

import "slices"

const (
	symbols = 20 // of a code word
	data    = 14
	parity  = symbols - data // two for each wrong symbol, one for each unreadable
)

// generator is the product of (z - x^i) for i = 1 … parity, lowest degree
// first.
var generator = func() []uint16 {
	g := []uint16{1}
	for i := 1; i <= parity; i++ {
		next := make([]uint16, len(g)+1)
		for j, c := range g {
			next[j] ^= mul(c, power(i))
			next[j+1] ^= c
		}
		g = next
	}
	return g
}()

// A word is a code word; word[0] is the coefficient of the highest degree.
type word [symbols]uint16

// encode fills in the parity symbols: the remainder of the data, times
// z^parity, modulo the generator.
func (w *word) encode() {
	var rest [parity]uint16 // rest[0] of the highest degree
	for _, d := range w[:data] {
		f := d ^ rest[0]
		copy(rest[:], rest[1:])
		rest[parity-1] = 0
		for i := range rest {
			rest[i] ^= mul(f, generator[parity-1-i])
		}
	}
	copy(w[data:], rest[:])
}

// syndromes returns the word's values at x^1 … x^parity, and whether all are
// zero, as they are for a code word.
func (w *word) syndromes() (s [parity]uint16, clean bool) {
	clean = true
	for i := range s {
		for _, c := range w {
			s[i] = mul(s[i], power(i+1)) ^ c
		}
		clean = clean && s[i] == 0
	}
	return s, clean
}

// correct turns w into the nearest code word, given the positions known to be
// unreadable, if it is within reach: twice the wrong symbols plus the
// unreadable ones at most parity. It reports how many symbols were wrong or
// unreadable, and false, with w as it was, if there is no such code word.
func (w *word) correct(unreadable []int) (int, bool) {
	if len(unreadable) > parity {
		return 0, false
	}
	before := *w
	s, clean := w.syndromes()
	if clean {
		return len(unreadable), true
	}
	locator := w.locate(s, unreadable)
	var positions []int
	for p := range symbols {
		if eval(locator, inverse(power(degree(p)))) == 0 {
			positions = append(positions, p)
		}
	}
	// A locator without as many roots among the positions belongs to no error
	// within reach.
	wrong := len(positions) - len(unreadable)
	if len(positions) != len(locator)-1 || wrong < 0 || 2*wrong+len(unreadable) > parity {
		return 0, false
	}
	w.repair(s, locator, positions)
	if _, clean := w.syndromes(); !clean {
		*w = before
		return 0, false
	}
	changed := 0
	for i := range w {
		if w[i] != before[i] || slices.Contains(unreadable, i) {
			changed++
		}
	}
	return changed, true
}

// degree of the coefficient at a position.
func degree(position int) int { return symbols - 1 - position }

// locate returns the polynomial, lowest degree first, whose roots are the
// inverses of x^degree for all bad positions: Berlekamp and Massey's algorithm,
// started from the positions known to be unreadable.
func (w *word) locate(s [parity]uint16, unreadable []int) []uint16 {
	locator := []uint16{1}
	for _, p := range unreadable {
		locator = add(locator, shift(scale(locator, power(degree(p)))))
	}
	length := len(unreadable)
	prev := slices.Clone(locator)
	for i := len(unreadable); i < parity; i++ {
		prev = shift(prev)
		var d uint16
		for j, c := range locator {
			if j <= i {
				d ^= mul(c, s[i-j])
			}
		}
		if d == 0 {
			continue
		}
		next := add(locator, scale(prev, d))
		if 2*length <= i+len(unreadable) {
			length = i + 1 + len(unreadable) - length
			prev = scale(locator, inverse(d))
		}
		locator = next
	}
	for len(locator) > 1 && locator[len(locator)-1] == 0 {
		locator = locator[:len(locator)-1]
	}
	return locator
}

// repair adds to each bad position the error that Forney's formula gives.
func (w *word) repair(s [parity]uint16, locator []uint16, positions []int) {
	var evaluator [parity]uint16 // syndromes times locator, modulo z^parity
	for i := range evaluator {
		for j := 0; j <= i && j < len(locator); j++ {
			evaluator[i] ^= mul(locator[j], s[i-j])
		}
	}
	derivative := make([]uint16, 0, len(locator))
	for i := 1; i < len(locator); i++ {
		if i%2 == 1 {
			derivative = append(derivative, locator[i])
		} else {
			derivative = append(derivative, 0)
		}
	}
	for _, p := range positions {
		at := inverse(power(degree(p)))
		if d := eval(derivative, at); d != 0 {
			w[p] ^= mul(eval(evaluator[:], at), inverse(d))
		}
	}
}

func add(a, b []uint16) []uint16 {
	if len(a) < len(b) {
		a, b = b, a
	}
	sum := slices.Clone(a)
	for i, c := range b {
		sum[i] ^= c
	}
	return sum
}

func scale(p []uint16, f uint16) []uint16 {
	q := make([]uint16, len(p))
	for i, c := range p {
		q[i] = mul(c, f)
	}
	return q
}

// shift multiplies by z.
func shift(p []uint16) []uint16 { return append([]uint16{0}, p...) }
