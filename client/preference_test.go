package client

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestPreferenceVectors holds the examples of spec/private-payloads.md.
func TestPreferenceVectors(t *testing.T) {
	var v struct{ Clearing, Preference string }
	vector(t, "preferences.json", &v)
	id := convo.ID(bytes.Repeat([]byte{0x0c}, 32))
	c := payload{kind: payloadClear, body: (&clearing{conversation: id, seq: 1200}).bytes()}
	if got := hex.EncodeToString(c.bytes()); got != v.Clearing {
		t.Errorf("the clearing is %s", got)
	}
	p := payload{kind: payloadPreference, body: (&preference{subject: id, key: preferMuted, set: true, value: appendUint64(nil, forever)}).bytes()}
	if got := hex.EncodeToString(p.bytes()); got != v.Preference {
		t.Errorf("the preference is %s", got)
	}
}

func TestPreferenceRefuses(t *testing.T) {
	for name, p := range map[string]preference{
		"key 0":                {set: true},
		"muted without time":   {key: preferMuted, set: true},
		"pinned with a value":  {key: preferPinned, set: true, value: []byte("x")},
		"taken back, and said": {key: preferDraft, value: []byte("x")},
		"draft is no text":     {key: preferDraft, set: true, value: []byte{0xff}},
		"draft is too long":    {key: preferDraft, set: true, value: make([]byte, content.MaxText+1)},
	} {
		if _, err := parsePreference(p.bytes()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	later := preference{key: 200, set: true, value: []byte("of a later version")}
	if _, err := parsePreference(later.bytes()); err != nil {
		t.Errorf("a key of a later version: %v", err)
	}
}

// TestAgree: a message whose header and content differ about when it disappears is
// refused, and so is one that would not for years.
func TestAgree(t *testing.T) {
	const accepted = 1_700_000_000_000
	at := uint32(accepted/1000 + 3600)
	for name, c := range map[string]struct {
		x     content.Expiration
		erase uint64
		ok    bool
	}{
		"never":                   {content.Expiration{}, 0, true},
		"in an hour":              {content.Expiration{Seconds: at}, uint64(at) * 1000, true},
		"relative":                {content.Expiration{Relative: true, Seconds: 60}, 0, true},
		"header says nothing":     {content.Expiration{Seconds: at}, 0, false},
		"header says earlier":     {content.Expiration{Seconds: at}, uint64(at)*1000 - 1, false},
		"content says nothing":    {content.Expiration{}, uint64(at) * 1000, false},
		"relative, header erases": {content.Expiration{Relative: true, Seconds: 60}, accepted + 60_000, false},
		"in two years":            {content.Expiration{Seconds: at + 2*366*86400}, (uint64(at) + 2*366*86400) * 1000, false},
		"two years ago":           {content.Expiration{Seconds: at - 2*366*86400}, (uint64(at) - 2*366*86400) * 1000, false},
	} {
		h := &convo.Header{Purpose: convo.PurposeMessage, EraseAfterMS: c.erase}
		if err := agree(h, &content.View{Kind: content.KindText, Expires: c.x}, accepted); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseExpiry(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "90s": 90 * time.Second, "5m": 5 * time.Minute, "8h": 8 * time.Hour, "1d": 24 * time.Hour, "4w": MaxExpiry,
	} {
		if d, err := ParseExpiry(text); err != nil || d != want || FormatExpiry(d) != text {
			t.Errorf("%s: %v, %v, written %s", text, d, err, FormatExpiry(d))
		}
	}
	for _, text := range []string{"", "s", "29s", "5w", "29d", "1y", "-1h", "1.5h", "1h30m", "99999999999w", "18446744073709551616s", "0s"} {
		if _, err := ParseExpiry(text); fault.KindOf(err) != fault.KindUsage {
			t.Errorf("%q: %v", text, err)
		}
	}
}
