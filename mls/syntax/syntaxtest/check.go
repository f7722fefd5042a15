// Package syntaxtest holds decoders to what they may allocate: for an input of n
// bytes not more than a factor times n and a constant, and where that is promised no
// single object larger than n and a constant, however it lies about its lengths and
// however short its elements are.
//
// Each package that decodes bytes from outside has one test that gives its
// decoders to [Check], under the names of their fuzz targets; a test of the module
// finds the target that was forgotten.
package syntaxtest

import (
	"math"
	"testing"
)

// The bound of decoders that have none of their own: what mls/syntax grants, the
// input itself, which many copy first, and the rounding up of small allocations.
const (
	Factor = 8
	Base   = 128 << 10
)

// Decoder is a decoder and inputs that it takes, from which hostile ones are made.
type Decoder struct {
	Decode func([]byte)
	Good   [][]byte
	Factor int // 0: Factor
	Base   int // 0: Base
	Single int // how much larger than the input an object may be; 0: that is not measured
}

// Check gives each decoder hostile inputs of up to a megabyte and measures what it
// allocates, also what it throws away.
func Check(t *testing.T, decoders map[string]Decoder) {
	for name, d := range decoders {
		t.Run(name, func(t *testing.T) { d.check(t) })
	}
}

func (d Decoder) check(t *testing.T) {
	factor, base := d.Factor, d.Base
	if factor == 0 {
		factor = Factor
	}
	if base == 0 {
		base = Base
	}
	if len(d.Good) == 0 {
		t.Fatal("nothing to make hostile inputs of")
	}
	for _, good := range d.Good {
		d.Decode(good) // what is set up once is not the input's
		for in := range hostile(good) {
			limit := uint64(math.MaxUint64)
			if d.Single > 0 {
				limit = uint64(len(in.data) + d.Single)
			}
			m := measure(func() { d.Decode(in.data) }, limit)
			if m.total > uint64(factor*len(in.data)+base) {
				t.Errorf("%s: %d bytes allocated for %d; at most %d times that and %d are granted", in.what, m.total, len(in.data), factor, base)
				return
			}
			if m.largest > limit {
				t.Errorf("%s: an object of %d bytes for %d; none may be larger than that and %d", in.what, m.largest, len(in.data), d.Single)
				return
			}
		}
	}
}

// Allocated is how many bytes f allocates.
func Allocated(f func()) uint64 { return counted(f).total }
