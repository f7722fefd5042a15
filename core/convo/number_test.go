package convo

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestHistoryNumber: another conversation, place or link has another number, and
// what is shown is read back, however people write it.
func TestHistoryNumber(t *testing.T) {
	id, at := ID{1}, LogHead{Seq: 412, Link: [32]byte{2}}
	number := HistoryNumber(id, at)
	if len(number) != 47 || strings.Count(number, " ") != 7 {
		t.Fatalf("number %q", number)
	}
	for name, other := range map[string]string{
		"conversation": HistoryNumber(ID{2}, at),
		"place":        HistoryNumber(id, LogHead{Seq: 413, Link: at.Link}),
		"link":         HistoryNumber(id, LogHead{Seq: 412, Link: [32]byte{3}}),
	} {
		if other == number {
			t.Errorf("another %s has the same number", name)
		}
	}
	text := HistoryText(at.Seq, number)
	for _, s := range []string{
		text, strings.ReplaceAll(text, " ", ""), "Entry " + strings.ReplaceAll(text, " ", "-") + ".\n", "4 1 2\n\n  " + strings.ReplaceAll(number, " ", "\u00a0"),
	} {
		if seq, got, err := ParseHistoryText(s); err != nil || seq != 412 || got != number {
			t.Errorf("%q: %d, %q, %v", s, seq, got, err)
		}
	}
	for _, s := range []string{
		"", "412", number, text[:len(text)-6], "0" + text[3:], strings.Repeat("9", 20) + text[3:], text + strings.Repeat(" ", maxNumberText),
	} {
		if seq, got, err := ParseHistoryText(s); !errors.Is(err, ErrNoNumber) {
			t.Errorf("%q: %d, %q, %v", s, seq, got, err)
		}
	}
}

// TestNumberOnPage holds spec/log.md to the vector.
func TestNumberOnPage(t *testing.T) {
	page, err := os.ReadFile("../../spec/log.md")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(formatsFile)
	if err != nil {
		t.Fatal(err)
	}
	var v formats
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), v.Number.Text) {
		t.Errorf("spec/log.md does not show %s", v.Number.Text)
	}
}
