package client

import (
	"bytes"
	"testing"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/payload"
)

func TestApplyImportOfALaterVersion(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	if err := e.applyImport(t.Context(), nil, 1, []byte{0, 2, 0xff}); err != nil {
		t.Error(err)
	}
}

// A thread that comes twice in a payload, and a message that does, count once.
func TestImportPayloadWithDoubles(t *testing.T) {
	m := payload.ImportedMessage{ID: payload.ImportedMessageID(SourceMessenger, [32]byte{7}), Sender: "Bob", Text: "ahoy",
		Reactions: []payload.ImportedReaction{{Actor: "Alice", Emoji: "⛵"}}, Files: []content.Attachment{{URL: blob.ID{1}.URL("chat.example"), Name: "boat.png"}}}
	unsent := payload.ImportedMessage{ID: payload.ImportedMessageID(SourceMessenger, [32]byte{8}), Sender: "Alice", Unsent: true}
	p := &payload.Import{Source: SourceMessenger, Runs: []payload.ImportRun{{
		Thread: "inbox/bob_1", Title: "Bob", Kind: 1, Owner: "Alice", Messages: []payload.ImportedMessage{m, unsent, m},
	}}}
	p.Runs = append(p.Runs, p.Runs[0])
	e, _ := fileDevice(t, newFileServer())
	for range 2 {
		err := e.withAccount(t.Context(), func() error { return e.applyImport(t.Context(), nil, 1, p.Bytes()) })
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

func FuzzParseThread(f *testing.F) {
	f.Add((&thread{id: [32]byte{1}, title: "x", kind: 1, participants: []string{"a"}}).append(nil))
	f.Add([]byte{0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := parseThread(b); err == nil && !bytes.Equal(x.append(nil), b) {
			t.Error("a summary has two encodings")
		}
	})
}
