package codec

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// pair is a message as generated code has it.
type pair struct {
	n     uint64
	items [][]byte
	sub   *pair
}

func (m *pair) Append(b []byte) []byte {
	if m.n != 0 {
		b = AppendVarint(b, 1, m.n)
	}
	for _, v := range m.items {
		b = AppendBytes(b, 2, v)
	}
	if m.sub != nil {
		b = AppendMessage(b, 3, m.sub)
	}
	return b
}

func (m *pair) Merge(b []byte) error {
	r := NewReader(b)
	for r.Next() {
		switch r.Number() {
		case 1:
			m.n = r.Varint()
		case 2:
			if r.Room(len(m.items), 2) {
				m.items = append(m.items, r.Bytes(4))
			}
		case 3:
			if m.sub == nil {
				m.sub = new(pair)
			}
			r.Message(m.sub)
		default:
			r.Skip()
		}
	}
	return r.Err()
}

func TestNestedLengths(t *testing.T) {
	// The length of what is nested takes one, two and three bytes.
	for _, size := range []int{0, 1, 127, 128, 129, 16383, 16384, 70000} {
		body := bytes.Repeat([]byte{7}, size)
		got := AppendNested([]byte("before"), 5, func(b []byte) []byte { return append(b, body...) })
		want := AppendBytes([]byte("before"), 5, body)
		if !bytes.Equal(got, want) {
			t.Errorf("size %d: %x…", size, got[:min(len(got), 16)])
		}
	}
}

func TestMalformed(t *testing.T) {
	for name, c := range map[string]struct {
		hex  string
		want error
		text string
	}{
		"tag cut":             {"80", ErrTruncated, ErrTruncated.Error()},
		"field number 0":      {"0001", ErrMalformed, ""},
		"field number 2^29":   {"808080801000", ErrMalformed, ErrMalformed.Error()},
		"tag too long":        {"ffffffffffffffffffff01", ErrMalformed, ""},
		"varint cut":          {"0880", ErrTruncated, "field 1: truncated message"},
		"varint too long":     {"08ffffffffffffffffff7f", ErrMalformed, ""},
		"length cut":          {"1280", ErrTruncated, ""},
		"bytes cut":           {"12036161", ErrTruncated, ""},
		"bytes too long":      {"12056161616161", ErrTooLong, "field 2: value exceeds its length limit"},
		"too many":            {"120012001200", ErrTooMany, "field 2: repeated field exceeds its limit"},
		"inside":              {"1a03120561", ErrTruncated, "field 3: field 2: truncated message"},
		"inside, too many":    {"1a06120012001200", ErrTooMany, "field 3: field 2: repeated field exceeds its limit"},
		"varint as bytes":     {"0a00", ErrWireType, "field 1: wrong wire type"},
		"bytes as varint":     {"1000", ErrWireType, ""},
		"unknown, cut":        {"fa01056161", ErrTruncated, "field 31: truncated message"},
		"unknown fixed32 cut": {"fd01000000", ErrTruncated, ""},
		"unknown group":       {"fb01fc01", ErrWireType, ""},
		"end of no group":     {"fc01", ErrWireType, ""},
		"wire type 6":         {"fe0100", ErrMalformed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := hex.DecodeString(c.hex)
			if err != nil {
				t.Fatal(err)
			}
			err = new(pair).Merge(in)
			if !errors.Is(err, c.want) || c.text != "" && err.Error() != c.text {
				t.Errorf("got %v, want %v %q", err, c.want, c.text)
			}
		})
	}
}

func TestBytesAreBounded(t *testing.T) {
	in := []byte("\x12\x02ab\x12\x01c")
	m := new(pair)
	if err := m.Merge(in); err != nil {
		t.Fatal(err)
	}
	_ = append(m.items[0], 'X')
	if string(in) != "\x12\x02ab\x12\x01c" {
		t.Error("appending to a field overwrote the input behind it")
	}
}

func TestFirstErrorStays(t *testing.T) {
	r := NewReader([]byte{0x0a, 0x00, 0x08})
	r.Next()
	r.Varint()
	first := r.Err()
	r.Skip()
	r.Bytes(9)
	if r.Next() || r.Err() != first || !errors.Is(first, ErrWireType) {
		t.Errorf("first %v, then %v", first, r.Err())
	}
}

// doer answers nothing.
type doer struct{}

func (doer) Do(context.Context, string, []byte) ([]byte, error) { return nil, nil }

func TestStreamNeedsStreamer(t *testing.T) {
	if err := Stream(t.Context(), doer{}, "/a/b", nil, nil); !errors.Is(err, ErrNoStreaming) {
		t.Error(err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add((&pair{n: 1, items: [][]byte{{1}, nil}, sub: &pair{n: 1 << 40}}).Append(nil))
	f.Add([]byte{0x1a, 0x80})
	f.Add([]byte(strings.Repeat("\x1a\x02", 40)))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := new(pair)
		if m.Merge(b) != nil {
			return
		}
		enc := m.Append(nil)
		again := new(pair)
		if err := again.Merge(enc); err != nil || !bytes.Equal(again.Append(nil), enc) {
			t.Fatalf("own encoding %x: %v", enc, err)
		}
	})
}
