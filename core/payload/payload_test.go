package payload

import (
	"bytes"
	"testing"
)

// TestParse: a payload is read as it was written, and one of another version, or
// without a kind, is none.
func TestParse(t *testing.T) {
	plain := Payload{Kind: KindSeen, Body: []byte("body")}.Bytes()
	if p, known := Parse(plain); !known || p.Kind != KindSeen || string(p.Body) != "body" {
		t.Errorf("read as %v, %v", p, known)
	}
	later := bytes.Clone(plain)
	later[1] = 2
	for name, b := range map[string][]byte{"empty": nil, "cut": plain[:2], "later": later} {
		if _, known := Parse(b); known {
			t.Errorf("%s: known", name)
		}
	}
}
