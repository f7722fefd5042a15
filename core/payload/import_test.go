package payload

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/mls/syntax"
)

func exampleImport() *Import {
	key, err := media.KeyFromBytes(bytes.Repeat([]byte{0x4b}, media.KeySize))
	if err != nil {
		panic(err)
	}
	file := content.Attachment{
		URL: "coffer://chat.example/blob/" + strings.Repeat("42", 32), MediaType: "image/png", Name: "boat.png", Inline: true,
		File:    media.Ref{Key: key, Size: 12, Root: media.Hash(bytes.Repeat([]byte{1}, 32)), Digest: [32]byte(bytes.Repeat([]byte{2}, 32))},
		Preview: &content.Preview{MediaType: "image/jpeg", Data: []byte{0xff, 0xd8}},
	}
	return &Import{Source: "messenger", Runs: []ImportRun{{
		Thread: "inbox/bob_1", Title: "Bob", Kind: 1, Owner: "Alice", Participants: []string{"Alice", "Bob"},
		Messages: []ImportedMessage{
			{ID: ImportedMessageID("messenger", [32]byte{7}), TimeMS: 1700000000000, Sender: "Bob", Text: "ahoy",
				Reactions: []ImportedReaction{{"Alice", "⛵"}}, Files: []content.Attachment{file}},
			{ID: ImportedMessageID("messenger", [32]byte{8}), TimeMS: 1700000001000, Sender: "Alice", Unsent: true},
		},
	}}}
}

func TestImportPayloadRoundTrip(t *testing.T) {
	for name, p := range map[string]*Import{"example": exampleImport(), "no runs": {Source: "x"}} {
		got, known, err := ParseImport(p.Bytes())
		if err != nil || !known || !reflect.DeepEqual(got, p) {
			t.Errorf("%s: %+v, %v, %v", name, got, known, err)
		}
	}
}

// A payload of a later version is none that can be read, and no error.
func TestImportPayloadOfALaterVersion(t *testing.T) {
	b := exampleImport().Bytes()
	b[1] = 2
	if _, known, err := ParseImport(b); known || err != nil {
		t.Errorf("%v, %v", known, err)
	}
}

func TestImportPayloadRefuses(t *testing.T) {
	change := func(f func(p *Import)) []byte {
		p := exampleImport()
		f(p)
		return p.Bytes()
	}
	good := exampleImport().Bytes()
	for name, b := range map[string][]byte{
		"empty":         nil,
		"version only":  good[:2],
		"cut":           good[:len(good)-1],
		"longer":        append(bytes.Clone(good), 0),
		"no source":     change(func(p *Import) { p.Source = "" }),
		"no thread":     change(func(p *Import) { p.Runs[0].Thread = "" }),
		"kind":          change(func(p *Import) { p.Runs[0].Kind = 9 }),
		"message id":    change(func(p *Import) { p.Runs[0].Messages[0].ID[0] = 2 }),
		"year 10000":    change(func(p *Import) { p.Runs[0].Messages[0].TimeMS = LastMS + 1 }),
		"not UTF-8":     change(func(p *Import) { p.Runs[0].Messages[0].Text = "\xff" }),
		"name is path":  change(func(p *Import) { p.Runs[0].Messages[0].Files[0].Name = "../../x" }),
		"file size":     change(func(p *Import) { p.Runs[0].Messages[0].Files[0].File.Size = media.MaxSize + 1 }),
		"huge length":   syntax.AppendVarint(append(syntax.AppendString([]byte{0, 1}, "x"), 0)[:4], syntax.MaxVarint),
		"negative size": change(func(p *Import) { p.Runs[0].Messages[0].Files[0].File.Size = -1 }),
	} {
		if _, _, err := ParseImport(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParseImport(f *testing.F) {
	f.Add(exampleImport().Bytes())
	f.Add((&Import{Source: "x"}).Bytes())
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, known, err := ParseImport(b)
		if err == nil && known && !bytes.Equal(p.Bytes(), b) {
			t.Error("a payload has two encodings")
		}
	})
}

// TestImportVector holds the example of spec/private-payloads.md.
func TestImportVector(t *testing.T) {
	var v struct{ Conversation, Message, Body string }
	vector(t, "import.json", &v)
	body, err := hex.DecodeString(v.Body)
	if err != nil {
		t.Fatal(err)
	}
	want := exampleImport()
	if got := hex.EncodeToString(want.Bytes()); got != v.Body {
		t.Errorf("the example is %s", got)
	}
	if p, _, err := ParseImport(body); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("the example reads as %+v, %v", p, err)
	}
	var id account.ID
	copy(id[:], bytes.Repeat([]byte{3}, len(id)))
	if got := ImportedThreadID(id, want.Source, want.Runs[0].Thread); got.String() != v.Conversation {
		t.Errorf("conversation %s", got)
	}
	if got := want.Runs[0].Messages[0].ID; got.String() != v.Message {
		t.Errorf("message id %s", got)
	}
}
