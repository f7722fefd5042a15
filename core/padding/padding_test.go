package padding

import (
	"bytes"
	"errors"
	"testing"
)

func TestSize(t *testing.T) {
	for _, c := range []struct{ n, want int }{
		{0, 256}, {1, 256}, {255, 256}, {256, 256}, {257, 272}, {272, 272}, {273, 288},
		{511, 512}, {513, 544}, {1000, 1024}, {1025, 1088}, {65536, 65536}, {65537, 67584},
		{3 << 20, 3 << 20}, {3<<20 + 1, 3<<20 + 1<<16}, {100_000_000, 100_663_296},
	} {
		if got := Size(c.n); got != c.want {
			t.Errorf("Size(%d) = %d, want %d", c.n, got, c.want)
		}
	}
}

func TestSizeProperties(t *testing.T) {
	last := 0
	for n := 0; n < 1<<17; n++ {
		s := Size(n)
		switch {
		case s < n, s < last:
			t.Fatalf("Size(%d) = %d shrinks", n, s)
		case n > Min && s-n > n*12/100:
			t.Fatalf("Size(%d) = %d costs more than 12 %%", n, s)
		case Size(s) != s:
			t.Fatalf("Size(%d) = %d is not a fixed point", n, s)
		}
		last = s
	}
}

func TestPadUnpad(t *testing.T) {
	for _, n := range []int{0, 1, 254, 255, 256, 257, 1000, 70000} {
		data := bytes.Repeat([]byte{0x80, 0}, n)[:n]
		p := Pad(data)
		if len(p) != Size(n+1) {
			t.Errorf("Pad of %d bytes has %d", n, len(p))
		}
		got, err := Unpad(p)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("Unpad(Pad(%d bytes)): %v", n, err)
		}
	}
}

func TestUnpadRefuses(t *testing.T) {
	good := Pad([]byte("hello"))
	late := bytes.Clone(good)
	late[len(late)-1] = 1
	for name, in := range map[string][]byte{
		"nothing": nil, "zeros": make([]byte, 256), "no marker": bytes.Repeat([]byte{1}, 256),
		"too short": good[:255], "too long": append(bytes.Clone(good), 0), "other end": late,
	} {
		if _, err := Unpad(in); !errors.Is(err, ErrPadding) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzUnpad(f *testing.F) {
	f.Add(Pad(nil))
	f.Add(Pad([]byte("x")))
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, in []byte) {
		if data, err := Unpad(in); err == nil && !bytes.Equal(Pad(data), in) {
			t.Fatal("accepted what Pad does not return")
		}
	})
}
