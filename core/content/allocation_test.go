package content

import (
	"testing"

	"github.com/coffer-chat/coffer/mls/syntax/syntaxtest"
)

// TestAllocations: what a hostile member writes takes memory by its size; beside
// it are up to MaxParts parts and MaxExtensions extensions.
func TestAllocations(t *testing.T) {
	var good [][]byte
	add := func(m *Message, err error) {
		if err != nil {
			t.Fatal(err)
		}
		good = append(good, m.Bytes())
	}
	add(NewMessage(header(1), Text{Text: "text", Attachments: []Attachment{attachment(t)}}))
	add(NewEdit(header(1), id(1), Text{Text: "edit"}))
	add(NewInvite(header(1), someInvites()[1]))
	add(NewInfo(header(1), Info{Name: "n", Picture: &Preview{"image/png", []byte{1}}}))
	var invites [][]byte
	for _, i := range someInvites() {
		b, err := i.Encode()
		if err != nil {
			t.Fatal(err)
		}
		invites = append(invites, b)
	}
	parts := []byte{0x99, 0x03, 0xff}
	for range 1023 {
		parts = append(parts, 0x83, 0, 0x60, 0)
	}
	good = append(good, parts)
	syntaxtest.Check(t, map[string]syntaxtest.Decoder{
		"FuzzParse":    {Decode: func(b []byte) { _, _ = Parse(b) }, Good: good, Base: 512 << 10},
		"FuzzInfo":     {Decode: func(b []byte) { _, _ = parseInfo(b) }, Good: [][]byte{{0xa0}, {0xa2, 0x01, 0x61, 'x', 0x05, 0x18, 0x3c}}},
		"FuzzInvite":   {Decode: func(b []byte) { _, _ = ParseInvite(b) }, Good: invites},
		"FuzzMentions": {Decode: func(b []byte) { mentions(string(b), 0, nil) }, Good: [][]byte{[]byte("a [@bob](" + string(bob) + ") <" + string(bob) + ">")}},
		"FuzzURI":      {Decode: func(b []byte) { _, _, _, _ = URI(b).Split() }, Good: [][]byte{[]byte("mimi://a.example/u/alice")}},
	})
}
