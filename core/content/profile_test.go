package content

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// TestProfile: what was made reads as it was, and what is too large, or odd, is
// neither made nor read.
func TestProfile(t *testing.T) {
	picture := func(n int) *Preview { return &Preview{MediaType: "image/jpeg", Data: bytes.Repeat([]byte{1}, n)} }
	for _, p := range []Profile{{SetMS: 1}, {Name: "Alice Example 🦩", SetMS: 1_700_000_000_000, Picture: picture(MaxProfilePicture)}} {
		m, err := NewProfile(header(1), p)
		if err != nil {
			t.Fatal(err)
		}
		if v := m.View(); v.Kind != KindProfile || !reflect.DeepEqual(*v.Profile, p) {
			t.Errorf("it reads as %v %v", v.Kind, v.Profile)
		}
	}
	for what, p := range map[string]Profile{
		"no time": {Name: "x"}, "long name": {Name: strings.Repeat("x", MaxProfileName+1), SetMS: 1}, "control character": {Name: "a\nb", SetMS: 1},
		"not UTF-8": {Name: "\xff", SetMS: 1}, "large picture": {SetMS: 1, Picture: picture(MaxProfilePicture + 1)}, "time beyond all": {SetMS: 1 << 63},
	} {
		if _, err := NewProfile(header(1), p); err == nil {
			t.Errorf("%s: made", what)
		}
	}
	for what, data := range map[string]string{
		"nothing": "", "empty": "\xa0", "time 0": "\xa1\x05\x00", "picture without type": "\xa2\x03\x41x\x05\x01",
		"type without picture": "\xa2\x04\x61x\x05\x01", "name as bytes": "\xa2\x01\x41x\x05\x01", "a byte more": "\xa1\x05\x01\x00",
	} {
		if _, err := ParseProfile([]byte(data)); err == nil {
			t.Errorf("%s: read", what)
		}
	}
	if p, err := ParseProfile([]byte("\xa2\x05\x01\x06\xf5")); err != nil || p.SetMS != 1 {
		t.Errorf("a key of a later version: %v", err)
	}
}
