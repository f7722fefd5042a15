package content

import (
	"bytes"
	"reflect"
	"testing"
)

func someInvites() []Invite {
	terms := InviteTerms{Key: [32]byte{2}, Maker: [32]byte{3}, ExpiresMS: 1_800_000_000_000, Uses: 3}
	again := terms
	again.Used = [][32]byte{{4}, {5}}
	return []Invite{{ID: [16]byte{1}, Terms: &terms}, {ID: [16]byte{1}, Terms: &again}, {ID: [16]byte{1}, Use: [32]byte{6}}, {ID: [16]byte{1}, Revoked: true}}
}

// TestInvite: what was made reads as it was; what says nothing, or two things, or
// half of something, is neither made nor read.
func TestInvite(t *testing.T) {
	for _, want := range someInvites() {
		m, err := NewInvite(header(1), want)
		if err != nil {
			t.Fatal(err)
		}
		if v := m.View(); v.Kind != KindInvite || !reflect.DeepEqual(*v.Invite, want) {
			t.Errorf("it reads as %v %+v", v.Kind, v.Invite)
		}
	}
	many := InviteTerms{Key: [32]byte{2}, ExpiresMS: 1, Uses: MaxInviteUses + 1}
	crowd := InviteTerms{Key: [32]byte{2}, ExpiresMS: 1, Uses: 1, Used: make([][32]byte, MaxInviteUses+1)}
	for what, bad := range map[string]Invite{
		"nothing": {}, "an id": {ID: [16]byte{1}}, "terms of nothing": {Terms: &InviteTerms{}}, "too many": {Terms: &many}, "used by too many": {Terms: &crowd},
		"two things": {Use: [32]byte{6}, Revoked: true}, "terms and a use": {Terms: someInvites()[0].Terms, Use: [32]byte{6}},
	} {
		if _, err := NewInvite(header(1), bad); err == nil {
			t.Errorf("%s: made", what)
		}
	}
	id := append([]byte{0x01, 0x50}, make([]byte, 16)...)
	use := append([]byte{0x07, 0x58, 0x20}, bytes.Repeat([]byte{1}, 32)...)
	for what, x := range map[string]struct {
		data []byte
		ok   bool
	}{
		"as it is":           {append(append([]byte{0xa2}, id...), use...), true},
		"of a later version": {append(append(append([]byte{0xa3}, id...), use...), 0x09, 0xf5), true},
		"no id":              {append([]byte{0xa1}, use...), false},
		"not revoked":        {append(append([]byte{0xa2}, id...), 0x08, 0xf4), false},
		"a time to a use":    {append(append(append([]byte{0xa3}, id...), 0x04, 0x01), use...), false},
		"a byte more":        {append(append(append([]byte{0xa2}, id...), use...), 0), false},
		"cut off":            {append(append([]byte{0xa2}, id...), use[:20]...), false},
	} {
		if _, err := ParseInvite(x.data); (err == nil) != x.ok {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzInvite(f *testing.F) {
	for _, i := range someInvites() {
		b, err := i.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		i, err := ParseInvite(data)
		if err != nil {
			return
		}
		b, err := i.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseInvite(b); err != nil || !reflect.DeepEqual(again, i) {
			t.Fatalf("%+v reads as %+v, %v", i, again, err)
		}
	})
}
