package account

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

// reset is the example of spec/reset.md.
func reset(change func(*Reset)) *Reset {
	r := &Reset{
		Host: "chat.example", Handle: "alice", Old: ID{0xa1}, New: ID{0xa2}, By: ResetByPassword,
		Asked: 1772366400000, Done: 1772971200000, Kept: 1780747200000,
	}
	if change != nil {
		change(r)
	}
	SignReset(r, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)))
	return r
}

// TestResetStatement: it comes back as it was signed, no byte of it can change, and
// what cannot be is refused.
func TestResetStatement(t *testing.T) {
	raw := reset(nil).Marshal()
	r, err := ParseReset(raw)
	if err != nil || r.Old != (ID{0xa1}) || r.New != (ID{0xa2}) || r.By.String() != "password" || !bytes.Equal(r.Marshal(), raw) {
		t.Fatalf("%+v, %v", r, err)
	}
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		if _, err := ParseReset(bad); err == nil {
			t.Errorf("byte %d can be changed", i)
		}
		if _, err := ParseReset(raw[:i:i]); err == nil {
			t.Errorf("the first %d bytes are taken", i)
		}
	}
	for name, change := range map[string]func(*Reset){
		"onto itself":              func(r *Reset) { r.New = r.Old },
		"by nobody":                func(r *Reset) { r.By = 0 },
		"by a later version":       func(r *Reset) { r.By = 3 },
		"done before it was asked": func(r *Reset) { r.Done = r.Asked - 1 },
		"erased before":            func(r *Reset) { r.Kept = r.Done - 1 },
		"no handle":                func(r *Reset) { r.Handle = "" },
		"no host":                  func(r *Reset) { r.Host = "x y" },
	} {
		if _, err := ParseReset(reset(change).Marshal()); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := ParseReset(make([]byte, MaxReset+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an endless statement: %v", err)
	}
}

// TestResetPage holds the page's example to the code.
func TestResetPage(t *testing.T) {
	page, err := os.ReadFile("../../spec/reset.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(page), "```example\n")
	if !ok {
		t.Fatal("the page has no example")
	}
	example, _, _ = strings.Cut(example, "```")
	want := hex.EncodeToString(reset(nil).Marshal())
	if got := regexp.MustCompile(`\s+`).ReplaceAllString(example, ""); got != want {
		t.Errorf("the page shows\n%s\nwant\n%s", got, want)
	}
}

// FuzzParseReset: no input panics, and what is taken is in its one form.
func FuzzParseReset(f *testing.F) {
	f.Add(reset(nil).Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := ParseReset(data); err == nil && !bytes.Equal(r.Marshal(), data) {
			t.Error("a statement has two forms")
		}
	})
}
