package client

import (
	"testing"

	"github.com/coffer-chat/coffer/core/pinvault"
)

// TestNewGuesses: what follows the entry seen before is new; a log that lacks it,
// or has another in its place, is another log.
func TestNewGuesses(t *testing.T) {
	log := []pinvault.LogEntry{{Seq: 3, Event: pinvault.EventRegistered}, {Seq: 4, Event: pinvault.EventGuess, Prev: [32]byte{1}}, {Seq: 5, Event: pinvault.EventOpened}}
	other := log[1]
	other.Prev[0] = 2
	for name, c := range map[string]struct {
		entries []pinvault.LogEntry
		before  []byte
		fresh   int
		changed bool
	}{
		"first look":         {log, nil, 3, false},
		"nothing new":        {log, seenGuess(log[2]), 0, false},
		"one new":            {log, seenGuess(log[1]), 1, false},
		"older ones dropped": {log, seenGuess(pinvault.LogEntry{Seq: 1}), 3, false},
		"went back":          {log[:1], seenGuess(log[2]), 0, true},
		"empty":              {nil, seenGuess(log[0]), 0, true},
		"rewritten":          {log, seenGuess(other), 1, true},
	} {
		fresh, changed := newGuesses(c.entries, c.before)
		if len(fresh) != c.fresh || changed != c.changed {
			t.Errorf("%s: %d new, changed %v", name, len(fresh), changed)
		}
	}
}

// TestNoticeFormat: a stored notice comes back as it was, and nothing else does.
func TestNoticeFormat(t *testing.T) {
	n := notice{kind: 3, atMS: 7, text: "lost", guesses: 2, wrong: 1}
	n.keyholder[0], n.by[1] = 4, 5
	got, err := parseNotice(n.bytes())
	if err != nil || *got != n {
		t.Errorf("%+v, %v", got, err)
	}
	b := n.bytes()
	for i := range b {
		if _, err := parseNotice(b[:i]); err == nil {
			t.Errorf("cut to %d bytes it is read", i)
		}
	}
	b[2] = 99
	if _, err := parseNotice(b); err == nil {
		t.Error("an unknown kind is read")
	}
}
