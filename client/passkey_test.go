package client

import (
	"bytes"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
)

// TestWayPayloads holds the examples of spec/private-payloads.md.
func TestWayPayloads(t *testing.T) {
	page, err := os.ReadFile("../spec/private-payloads.md")
	if err != nil {
		t.Fatal(err)
	}
	holder, err := hex.DecodeString("8ae2d0a77e89c602d1da01cd2a703972")
	if err != nil {
		t.Fatal(err)
	}
	id := account.KeyholderID(holder)
	for title, want := range map[string][]byte{
		"## PasskeyNote": (&passkeyNote{keyholder: id, credential: []byte{0xc0, 0xff, 0xee, 0x01}, rp: "chat.example"}).bytes(),
		"## WayTest":     (&wayTest{keyholder: id, times: 2}).bytes(),
	} {
		_, text, ok := strings.Cut(string(page), title)
		if !ok {
			t.Fatalf("there is no %s", title)
		}
		blocks := strings.Split(text, "```") // the structure, what follows, the example
		var shown []byte
		for _, line := range strings.Split(blocks[3], "\n") {
			// Fields stand before two spaces; what they are, behind.
			fields, _, _ := strings.Cut(line, "  ")
			b, err := hex.DecodeString(strings.ReplaceAll(regexp.MustCompile(`^\w+$|^\w+ \w+$`).FindString(fields), " ", ""))
			if err != nil {
				t.Fatalf("%s shows %q: %v", title, line, err)
			}
			shown = append(shown, b...)
		}
		if !bytes.Equal(shown, want) {
			t.Errorf("%s shows %x, want %x", title, shown, want)
		}
	}
}

func TestKeptFile(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, x := range map[string]struct {
		tried time.Time
		want  string
	}{"never": {want: CheckUnknown}, "today": {now, CheckOK}, "long ago": {now.Add(-keptFor - time.Hour), CheckUnknown}} {
		if got, detail := keptCheck(x.tried, now); got != x.want || (got != CheckOK && detail == "") {
			t.Errorf("%s: %s, %q", name, got, detail)
		}
	}
}
