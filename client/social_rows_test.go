package client

import (
	"bytes"
	"testing"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestReaderRow: a row is read as it was written, and nothing else is one.
func TestReaderRow(t *testing.T) {
	want := readerRow{conversation: convo.ID{1}, account: account.ID{2}, seq: 3, atMS: 4}
	var b store.Batch
	want.set(&b)
	v := b.Ops()[0].Value
	if got, err := parseReaderRow(v); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for name, v := range map[string][]byte{"empty": nil, "cut": v[:len(v)-1], "longer": append(bytes.Clone(v), 0)} {
		if _, err := parseReaderRow(v); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestCopied: a header of a copy that says more than can be is refused, so that no
// reader goes beyond what is there.
func TestCopied(t *testing.T) {
	ok := copied{blob: blob.ID{1}, size: 5, have: 3}
	if got, err := parseCopied(ok.append(nil)); err != nil || *got != ok {
		t.Errorf("%+v, %v", got, err)
	}
	for name, v := range map[string][]byte{
		"more than all":   (&copied{size: 5, have: 6}).append(nil),
		"too large":       (&copied{size: blob.MaxSize() + 1}).append(nil),
		"another version": append([]byte{0, 2}, ok.append(nil)[2:]...),
		"cut":             ok.append(nil)[:20],
		"longer":          append(ok.append(nil), 0),
	} {
		if _, err := parseCopied(v); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if copyPart != 524_416 {
		t.Errorf("a part has %d bytes; spec/storage.md says 524,416", copyPart)
	}
}

func FuzzParseCopied(f *testing.F) {
	f.Add((&copied{blob: blob.ID{1}, size: 304, have: 304}).append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := parseCopied(b); err == nil && !bytes.Equal(x.append(nil), b) {
			t.Error("a row has two encodings")
		}
	})
}
