package client

import (
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

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
