package payload

import (
	"bytes"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
)

// TestWayPayloads holds the examples of spec/private-payloads.md.
func TestWayPayloads(t *testing.T) {
	page, err := os.ReadFile("../../spec/private-payloads.md")
	if err != nil {
		t.Fatal(err)
	}
	holder, err := hex.DecodeString("8ae2d0a77e89c602d1da01cd2a703972")
	if err != nil {
		t.Fatal(err)
	}
	id := account.KeyholderID(holder)
	for title, want := range map[string][]byte{
		"## PasskeyNote": (&PasskeyNote{Keyholder: id, Credential: []byte{0xc0, 0xff, 0xee, 0x01}, RP: "chat.example"}).Bytes(),
		"## WayTest":     (&WayTest{Keyholder: id, Times: 2}).Bytes(),
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
