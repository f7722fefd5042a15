package syntax

import (
	"bytes"
	"errors"
	"testing"
)

func TestVarintRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 16383, 16384, MaxVarint} {
		b := AppendVarint(nil, n)
		r := NewReader(b)
		if got := r.Varint(); got != n || r.Done() != nil {
			t.Errorf("Varint(%x) = %d, %v; want %d", b, got, r.Err(), n)
		}
	}
}

func TestVarintRefused(t *testing.T) {
	for _, c := range []struct {
		in   []byte
		want error
	}{
		{nil, ErrTruncated},
		{[]byte{0x40}, ErrTruncated},
		{[]byte{0x40, 0x3f}, ErrNotMinimal},
		{[]byte{0x80, 0, 0x3f, 0xff}, ErrNotMinimal},
		{[]byte{0xc0, 0, 0, 0, 0, 0, 0, 0}, ErrBadLength},
	} {
		r := NewReader(c.in)
		r.Varint()
		if !errors.Is(r.Err(), c.want) {
			t.Errorf("Varint(%x): %v, want %v", c.in, r.Err(), c.want)
		}
	}
}

func TestVectorLengths(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 100, 16383, 16384, 70000} {
		body := bytes.Repeat([]byte{7}, n)
		got := AppendVector([]byte("x"), func(b []byte) []byte { return append(b, body...) })
		want := AppendOpaque([]byte("x"), body)
		if !bytes.Equal(got, want) {
			t.Errorf("AppendVector of %d bytes differs from AppendOpaque", n)
		}
	}
}

func TestFirstErrorSticks(t *testing.T) {
	r := NewReader([]byte{5, 1, 2})
	if r.Opaque() != nil || r.Uint64() != 0 || !errors.Is(r.Done(), ErrTruncated) {
		t.Errorf("after a bad length: %v", r.Err())
	}
	r = NewReader([]byte{2, 1, 9})
	v := r.Vector()
	v.Uint8()
	r.Close(v)
	if !errors.Is(r.Err(), ErrTrailing) {
		t.Errorf("vector with data left: %v", r.Err())
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{0x40, 0x40, 1, 2, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(data)
		for r.More() {
			before := r.Len()
			v := r.Vector()
			_ = v.String()
			if r.Len() >= before {
				t.Fatal("no progress")
			}
		}
		_ = r.Done()
	})
}
