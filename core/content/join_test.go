package content

import (
	"strings"
	"testing"
)

// TestJoin: both values are there, of their sizes; other keys are passed over.
func TestJoin(t *testing.T) {
	want := Join{Invite: [16]byte{1}, Proof: [64]byte{2}}
	m, err := NewJoin(header(1), want)
	if err != nil {
		t.Fatal(err)
	}
	if v := m.View(); v.Kind != KindJoin || *v.Join != want {
		t.Errorf("it reads as %v %v", v.Kind, v.Join)
	}
	invite, proof := "\x01\x50"+strings.Repeat("i", 16), "\x02\x58\x40"+strings.Repeat("p", 64)
	for what, x := range map[string]struct {
		data string
		ok   bool
	}{
		"as it is":           {"\xa2" + invite + proof, true},
		"of a later version": {"\xa3" + invite + proof + "\x03\xf5", true},
		"nothing":            {"", false},
		"empty":              {"\xa0", false},
		"no proof":           {"\xa1" + invite, false},
		"no id":              {"\xa1" + proof, false},
		"short proof":        {"\xa2" + invite + "\x02\x58\x20" + strings.Repeat("p", 32), false},
		"proof as text":      {"\xa2" + invite + "\x02\x78\x40" + strings.Repeat("p", 64), false},
		"a byte more":        {"\xa2" + invite + proof + "\x00", false},
		"a list":             {"\x82" + invite[1:] + proof[1:], false},
	} {
		if _, err := parseJoin([]byte(x.data)); (err == nil) != x.ok {
			t.Errorf("%s: %v", what, err)
		}
	}
}
