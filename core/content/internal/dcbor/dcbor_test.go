package dcbor

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestValueAccepted(t *testing.T) {
	for _, s := range []string{
		"00", "17", "1818", "18ff", "190100", "1a00010000", "1b0000000100000000", "1bffffffffffffffff",
		"20", "3818", "3bffffffffffffffff", "40", "4401020304", "60", "63e282ac", "80", "83010203",
		"a0", "a201020304", "a2016161226162", "f4", "f5", "f6", "f7", "e0", "f820", "f8ff",
		"f90000", "f93c00", "f97c00", "f97e00", "f90001", "fa47c35000", "fa7f7fffff",
		"fb3ff199999999999a", "c11a514b67b0", "c249010000000000000000", "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
		"818180", "a143010203f6", "d8508101",
	} {
		in := unhex(t, s)
		r := NewReader(in)
		if v := r.Value(3); r.Done() != nil || !bytes.Equal(v, in) {
			t.Errorf("Value(%s) = %x, %v", s, v, r.Err())
		}
	}
}

func TestValueRefused(t *testing.T) {
	for _, c := range []struct {
		in   string
		want error
	}{
		{"", ErrTruncated},
		{"18", ErrTruncated},
		{"1817", ErrNotDeterministic},
		{"1900ff", ErrNotDeterministic},
		{"1a0000ffff", ErrNotDeterministic},
		{"1b00000000ffffffff", ErrNotDeterministic},
		{"1c", ErrNotDeterministic},
		{"5f4101ff", ErrNotDeterministic},
		{"9fff", ErrNotDeterministic},
		{"bfff", ErrNotDeterministic},
		{"ff", ErrNotDeterministic},
		{"42ff", ErrTruncated},
		{"580101", ErrNotDeterministic},
		{"5bffffffffffffffff", ErrTruncated},
		{"61ff", ErrUTF8},
		{"9a7fffffff", ErrTruncated},
		{"8201", ErrTruncated},
		{"ba7fffffff00", ErrTruncated},
		{"a201010101", ErrNotDeterministic},
		{"a202010101", ErrNotDeterministic},
		{"a2616100200000", ErrNotDeterministic},
		{"a1f600", ErrType},
		{"a1f93c0000", ErrType},
		{"a18000", ErrType},
		{"a11b002000000000000000", ErrRange},
		{"a13b001fffffffffffff00", ErrRange},
		{"f818", ErrNotDeterministic},
		{"f97e01", ErrNotDeterministic},
		{"f9fe00", ErrNotDeterministic},
		{"fa7fc00000", ErrNotDeterministic},
		{"fa3f800000", ErrNotDeterministic},
		{"fa7f800000", ErrNotDeterministic},
		{"fa33800000", ErrNotDeterministic},
		{"fb7ff8000000000000", ErrNotDeterministic},
		{"fb3ff0000000000000", ErrNotDeterministic},
		{"c2420100", ErrNotDeterministic},
		{"c249000000000000000001", ErrNotDeterministic},
		{"c201", ErrType},
		{"81818180", ErrDepth},
		{"c1c1c1c100", ErrDepth},
		{"0000", ErrTrailing},
	} {
		r := NewReader(unhex(t, c.in))
		r.Value(3)
		if err := r.Done(); !errors.Is(err, c.want) {
			t.Errorf("Value(%s): %v, want %v", c.in, err, c.want)
		}
	}
}

func TestTypesRefused(t *testing.T) {
	for name, read := range map[string]func(*Reader){
		"uint":  func(r *Reader) { r.Uint(9) },
		"bytes": func(r *Reader) { r.Bytes() },
		"text":  func(r *Reader) { r.Text() },
		"array": func(r *Reader) { r.Array() },
		"map":   func(r *Reader) { r.Map() },
		"bool":  func(r *Reader) { r.Bool() },
	} {
		r := NewReader([]byte{0xc1, 0x00})
		read(r)
		if !errors.Is(r.Done(), ErrType) {
			t.Errorf("%s of a tag: %v", name, r.Err())
		}
	}
	r := NewReader([]byte{0x0a})
	if r.Uint(9); !errors.Is(r.Err(), ErrRange) {
		t.Errorf("10 as a number up to 9: %v", r.Err())
	}
	if r.Uint(9); r.Null() || r.Bool() || r.Bytes() != nil {
		t.Error("a read succeeded after an error")
	}
}

// TestAgainstLibrary holds what we write to an independent implementation.
func TestAgainstLibrary(t *testing.T) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int64{0, 1, 23, 24, 255, 256, 65535, 65536, 1 << 32, 1<<63 - 1, -1, -24, -25, -1 << 62} {
		want, err := mode.Marshal(n)
		if got := AppendInt(nil, n); err != nil || !bytes.Equal(got, want) {
			t.Errorf("AppendInt(%d) = %x, want %x (%v)", n, got, want, err)
		}
	}
	for _, n := range []int{0, 23, 24, 255, 256, 70000} {
		data := bytes.Repeat([]byte("x"), n)
		want, _ := mode.Marshal(data)
		if !bytes.Equal(AppendBytes(nil, data), want) {
			t.Errorf("AppendBytes of %d bytes differs", n)
		}
		want, _ = mode.Marshal(string(data))
		if !bytes.Equal(AppendText(nil, string(data)), want) {
			t.Errorf("AppendText of %d bytes differs", n)
		}
	}
	want, _ := mode.Marshal(map[any]any{int64(-1): true, "aa": []any{false, nil}, uint64(7): "x"})
	got := AppendMap(nil, 3)
	got = AppendText(AppendUint(got, 7), "x")
	got = AppendBool(AppendInt(got, -1), true)
	got = AppendNull(AppendBool(AppendArray(AppendText(got, "aa"), 2), false))
	if !bytes.Equal(got, want) {
		t.Errorf("map %x, want %x", got, want)
	}
}

// FuzzValue checks that what we accept is one well-formed value for an
// independent implementation, and nothing but its own bytes.
func FuzzValue(f *testing.F) {
	for _, s := range []string{"00", "a201020304", "83f97e00c11a514b67b060", "fb3ff199999999999a"} {
		f.Add(unhex(f, s))
	}
	mode, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(data)
		v := r.Value(3)
		if r.Done() != nil {
			return
		}
		if !bytes.Equal(v, data) {
			t.Fatalf("value %x of input %x", v, data)
		}
		if err := mode.Wellformed(data); err != nil {
			t.Fatalf("accepted %x: %v", data, err)
		}
	})
}
