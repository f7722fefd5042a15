package syntax_test

import (
	"bytes"
	"errors"
	"testing"

	. "github.com/coffer-chat/coffer/mls/syntax"
	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// big is a value that takes 128 times its encoding.
type big struct{ _ [16]uint64 }

func readBig(r *Reader) (b big) { r.Uint8(); return b }

func TestListIsCharged(t *testing.T) {
	for n, want := range map[int]error{1: nil, 500: nil, 1000: ErrTooDense, 1 << 20: ErrTooDense} {
		r := NewReader(AppendOpaque(nil, make([]byte, n)))
		list := List(r, readBig)
		if err := r.Done(); !errors.Is(err, want) || (err == nil) != (want == nil) || err == nil && len(list) != n {
			t.Errorf("%d: %d elements, %v", n, len(list), err)
		}
	}
}

// TestListIsMadeOnce: nothing is allocated but the list, whatever is nested in it
// is counted first, and its errors are the elements'.
func TestListIsMadeOnce(t *testing.T) {
	element := AppendVector(nil, func(b []byte) []byte { return append(b, 0, 1, 0, 2) })
	in := AppendOpaque(nil, bytes.Repeat(element, 1000))
	inner := func(r *Reader) []uint16 { return List(r, (*Reader).Uint16) }
	var list [][]uint16
	if n := testing.AllocsPerRun(10, func() {
		r := NewReader(in)
		list = List(r, inner)
		if r.Done() != nil || len(list) != 1000 || list[999][1] != 2 {
			t.Fatal(r.Err())
		}
	}); n > 1003 {
		t.Errorf("%g allocations for 1,001 lists", n)
	}
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"cut":             {in[:len(in)-1], ErrTruncated},
		"half an element": {AppendOpaque(nil, []byte{0, 1, 0}), ErrTruncated},
		"empty":           {[]byte{0}, nil},
	} {
		r := NewReader(c.in)
		got := List(r, (*Reader).Uint16)
		if name == "cut" {
			r = NewReader(c.in)
			List(r, inner)
		}
		if err := r.Done(); !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	r := NewReader([]byte{1, 7})
	List(r, func(*Reader) int { return 0 })
	if !errors.Is(r.Done(), ErrInvalidValue) {
		t.Errorf("elements of nothing: %v", r.Err())
	}
}

// TestAllotmentIsShared: vectors and their elements draw on one allotment, and
// close gives back what is left.
func TestAllotmentIsShared(t *testing.T) {
	r := NewReader([]byte{2, 9, 9, 1, 9})
	_ = r.Vector()
	if r.Charge(1) {
		t.Error("charged while a vector is open")
	}
	r = NewReader([]byte{2, 9, 9, 1, 9})
	v := r.Vector()
	v.Fixed(2)
	if !v.Charge(AllotmentBase) {
		t.Error(v.Err())
	}
	r.Close(v)
	if !r.Charge(5*AllotmentFactor) || r.Charge(1) || !errors.Is(r.Err(), ErrTooDense) {
		t.Errorf("what is left: %v", r.Err())
	}
	r = NewReader([]byte{3, 1, 1, 1})
	v, n := r.Counted(func(r *Reader) { r.Uint8() })
	if n != 3 || v.Len() != 3 || r.Len() != 0 {
		t.Errorf("%d elements in %d bytes", n, v.Len())
	}
	if New[big](v); v.Err() != nil || New[[AllotmentBase]byte](v) == nil || !errors.Is(v.Err(), ErrTooDense) {
		t.Error(v.Err())
	}
	if NewReader(nil).Charge(-1) {
		t.Error("a negative charge")
	}
}

func TestAllocations(t *testing.T) {
	good := AppendVector(nil, func(b []byte) []byte { return AppendOpaque(AppendString(b, "text"), []byte("x")) })
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzReader": {Decode: func(b []byte) {
			r := NewReader(b)
			List(r, func(r *Reader) [][]byte { return List(r, (*Reader).Opaque) })
			List(r, (*Reader).String)
		}, Good: [][]byte{good}},
	})
}
