package client

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/mls/syntax"
)

func exampleImport() *importPayload {
	key, err := media.KeyFromBytes(bytes.Repeat([]byte{0x4b}, media.KeySize))
	if err != nil {
		panic(err)
	}
	file := content.Attachment{
		URL: blobID(bytes.Repeat([]byte{0x42}, 32)).url("chat.example"), MediaType: "image/png", Name: "boat.png", Inline: true,
		File:    media.Ref{Key: key, Size: 12, Root: media.Hash(bytes.Repeat([]byte{1}, 32)), Digest: [32]byte(bytes.Repeat([]byte{2}, 32))},
		Preview: &content.Preview{MediaType: "image/jpeg", Data: []byte{0xff, 0xd8}},
	}
	return &importPayload{source: SourceMessenger, runs: []importRun{{
		thread: "inbox/bob_1", title: "Bob", kind: 1, owner: "Alice", participants: []string{"Alice", "Bob"},
		messages: []importedMessage{
			{id: importedMessageID(SourceMessenger, [32]byte{7}), timeMS: 1700000000000, sender: "Bob", text: "ahoy",
				reactions: []importedReaction{{"Alice", "⛵"}}, files: []content.Attachment{file}},
			{id: importedMessageID(SourceMessenger, [32]byte{8}), timeMS: 1700000001000, sender: "Alice", unsent: true},
		},
	}}}
}

func TestImportPayloadRoundTrip(t *testing.T) {
	for name, p := range map[string]*importPayload{"example": exampleImport(), "no runs": {source: "x"}} {
		got, known, err := parseImport(p.bytes())
		if err != nil || !known || !reflect.DeepEqual(got, p) {
			t.Errorf("%s: %+v, %v, %v", name, got, known, err)
		}
	}
}

func TestImportPayloadOfALaterVersion(t *testing.T) {
	b := exampleImport().bytes()
	b[1] = 2
	if _, known, err := parseImport(b); known || err != nil {
		t.Errorf("%v, %v", known, err)
	}
	s := newFileServer()
	e, _ := fileDevice(t, s)
	if err := e.applyImport(t.Context(), nil, 1, b); err != nil {
		t.Error(err)
	}
}

func TestImportPayloadRefuses(t *testing.T) {
	change := func(f func(p *importPayload)) []byte {
		p := exampleImport()
		f(p)
		return p.bytes()
	}
	good := exampleImport().bytes()
	for name, b := range map[string][]byte{
		"empty":         nil,
		"version only":  good[:2],
		"cut":           good[:len(good)-1],
		"longer":        append(bytes.Clone(good), 0),
		"no source":     change(func(p *importPayload) { p.source = "" }),
		"no thread":     change(func(p *importPayload) { p.runs[0].thread = "" }),
		"kind":          change(func(p *importPayload) { p.runs[0].kind = 9 }),
		"message id":    change(func(p *importPayload) { p.runs[0].messages[0].id[0] = 2 }),
		"year 10000":    change(func(p *importPayload) { p.runs[0].messages[0].timeMS = maxImportedMS + 1 }),
		"not UTF-8":     change(func(p *importPayload) { p.runs[0].messages[0].text = "\xff" }),
		"name is path":  change(func(p *importPayload) { p.runs[0].messages[0].files[0].Name = "../../x" }),
		"file size":     change(func(p *importPayload) { p.runs[0].messages[0].files[0].File.Size = media.MaxSize + 1 }),
		"huge length":   syntax.AppendVarint(append(syntax.AppendString([]byte{0, 1}, "x"), 0)[:4], syntax.MaxVarint),
		"negative size": change(func(p *importPayload) { p.runs[0].messages[0].files[0].File.Size = -1 }),
	} {
		if _, _, err := parseImport(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// A thread that comes twice in a payload, and a message that does, count once.
func TestImportPayloadWithDoubles(t *testing.T) {
	p := exampleImport()
	p.runs[0].messages = append(p.runs[0].messages, p.runs[0].messages[0])
	p.runs = append(p.runs, p.runs[0])
	e, _ := fileDevice(t, newFileServer())
	for range 2 {
		err := e.withAccount(t.Context(), func() error { return e.applyImport(t.Context(), nil, 1, p.bytes()) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if threads, n, err := e.importedCount(t.Context()); err != nil || threads != 1 || n != 2 {
		t.Errorf("%d threads, %d messages, %v", threads, n, err)
	}
	all := messages(e, t)
	if len(all[0].Attachments) != 1 || all[0].Reactions[0].Account != e.self.id || !all[1].Unsent || all[1].Sender != e.self.id {
		t.Errorf("%+v", all)
	}
}

func FuzzParseImport(f *testing.F) {
	f.Add(exampleImport().bytes())
	f.Add((&importPayload{source: "x"}).bytes())
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, known, err := parseImport(b)
		if err == nil && known && !bytes.Equal(p.bytes(), b) {
			t.Error("a payload has two encodings")
		}
	})
}

func FuzzParseThread(f *testing.F) {
	f.Add((&thread{id: [32]byte{1}, title: "x", kind: 1, participants: []string{"a"}}).append(nil))
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := parseThread(b); err == nil && !bytes.Equal(x.append(nil), b) {
			t.Error("a summary has two encodings")
		}
	})
}
