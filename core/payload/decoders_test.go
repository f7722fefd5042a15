package payload

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

func TestPayloadsComeBack(t *testing.T) {
	h := &Hiding{Conversation: convo.ID{1}, Imported: true, Messages: []Hidden{{3, content.MessageID{4}}}}
	if got, err := ParseHiding(h.Bytes()); err != nil || !reflect.DeepEqual(got, h) {
		t.Errorf("hiding: %v", err)
	}
	pin := &ContactPin{Handle: "bob", Account: account.ID{3}}
	if got, err := ParseContactPin(pin.Bytes()); err != nil || !reflect.DeepEqual(got, pin) {
		t.Errorf("contact pin: %v", err)
	}
	m := &ReadMark{Conversation: convo.ID{1}, Seq: 5}
	if got, err := ParseReadMark(m.Bytes()); err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("read mark: %v", err)
	}
}

// decoders are all that read a payload's body.
var decoders = map[string]func([]byte) error{
	"hiding":       func(b []byte) error { _, err := ParseHiding(b); return err },
	"contact pin":  func(b []byte) error { _, err := ParseContactPin(b); return err },
	"read mark":    func(b []byte) error { _, err := ParseReadMark(b); return err },
	"cloud place":  func(b []byte) error { _, err := ParseCloudPlace(b); return err },
	"passkey note": func(b []byte) error { _, err := ParsePasskeyNote(b); return err },
	"way test":     func(b []byte) error { _, err := ParseWayTest(b); return err },
	"clearing":     func(b []byte) error { _, err := ParseClearing(b); return err },
	"preference":   func(b []byte) error { _, err := ParsePreference(b); return err },
}

// samples are valid inputs of the decoders.
var samples = map[string][]byte{
	"hiding":       (&Hiding{Messages: []Hidden{{Seq: 3}}}).Bytes(),
	"contact pin":  (&ContactPin{Handle: "bob"}).Bytes(),
	"read mark":    (&ReadMark{Seq: 5}).Bytes(),
	"cloud place":  (&CloudPlace{Place: "rclone:drive:keys"}).Bytes(),
	"passkey note": (&PasskeyNote{Credential: []byte{1, 2}, RP: "localhost"}).Bytes(),
	"way test":     (&WayTest{Times: 1}).Bytes(),
	"clearing":     (&Clearing{Seq: 5}).Bytes(),
	"preference":   (&Preference{Key: PreferDraft, Set: true, Value: []byte("x")}).Bytes(),
}

// TestDecodersRefuse cuts each sample at every place, and adds to it.
func TestDecodersRefuse(t *testing.T) {
	for name, sample := range samples {
		decode := decoders[name]
		if err := decode(sample); err != nil {
			t.Errorf("%s: sample refused: %v", name, err)
		}
		for n := range len(sample) {
			if err := decode(sample[:n:n]); err == nil {
				t.Errorf("%s: %d of %d bytes accepted", name, n, len(sample))
			}
		}
		if err := decode(append(bytes.Clone(sample), 0)); err == nil {
			t.Errorf("%s: trailing byte accepted", name)
		}
	}
	for name, bad := range map[string][]byte{
		"hiding": (&Hiding{Messages: []Hidden{{Seq: 0}}}).Bytes(), "contact pin": (&ContactPin{Handle: "Not A Handle"}).Bytes(),
		"passkey note": (&PasskeyNote{Credential: []byte{1}}).Bytes(), "way test": (&WayTest{}).Bytes(),
		"clearing": (&Clearing{}).Bytes(), "preference": (&Preference{Key: PreferMuted, Set: true, Value: []byte("x")}).Bytes(),
	} {
		if decoders[name](bad) == nil {
			t.Errorf("%s: a value that cannot be was accepted", name)
		}
	}
}

func fuzz(f *testing.F, name string) {
	f.Add(samples[name])
	f.Add([]byte{0, 1})
	f.Add([]byte{0, 1, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) { decoders[name](b) }) // only that it ends, and without a panic
}

func FuzzHiding(f *testing.F)     { fuzz(f, "hiding") }
func FuzzClearing(f *testing.F)   { fuzz(f, "clearing") }
func FuzzPreference(f *testing.F) { fuzz(f, "preference") }
func FuzzContactPin(f *testing.F) { fuzz(f, "contact pin") }
func FuzzReadMark(f *testing.F)   { fuzz(f, "read mark") }
func FuzzCloudPlace(f *testing.F) { fuzz(f, "cloud place") }
func FuzzPasskey(f *testing.F)    { fuzz(f, "passkey note") }
func FuzzWayTest(f *testing.F)    { fuzz(f, "way test") }
