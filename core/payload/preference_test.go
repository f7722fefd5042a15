package payload

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// TestPreferenceVectors holds the examples of spec/private-payloads.md.
func TestPreferenceVectors(t *testing.T) {
	var v struct{ Clearing, Preference string }
	vector(t, "preferences.json", &v)
	id := convo.ID(bytes.Repeat([]byte{0x0c}, 32))
	c := Payload{Kind: KindClear, Body: (&Clearing{Conversation: id, Seq: 1200}).Bytes()}
	if got := hex.EncodeToString(c.Bytes()); got != v.Clearing {
		t.Errorf("the clearing is %s", got)
	}
	p := Payload{Kind: KindPreference, Body: (&Preference{Subject: id, Key: PreferMuted, Set: true, Value: syntax.AppendUint64(nil, Forever)}).Bytes()}
	if got := hex.EncodeToString(p.Bytes()); got != v.Preference {
		t.Errorf("the preference is %s", got)
	}
}

func TestPreferenceRefuses(t *testing.T) {
	for name, p := range map[string]Preference{
		"key 0":                {Set: true},
		"muted without time":   {Key: PreferMuted, Set: true},
		"pinned with a value":  {Key: PreferPinned, Set: true, Value: []byte("x")},
		"taken back, and said": {Key: PreferDraft, Value: []byte("x")},
		"draft is no text":     {Key: PreferDraft, Set: true, Value: []byte{0xff}},
		"draft is too long":    {Key: PreferDraft, Set: true, Value: make([]byte, content.MaxText+1)},
	} {
		if _, err := ParsePreference(p.Bytes()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	later := Preference{Key: 200, Set: true, Value: []byte("of a later version")}
	if _, err := ParsePreference(later.Bytes()); err != nil {
		t.Errorf("a key of a later version: %v", err)
	}
}
