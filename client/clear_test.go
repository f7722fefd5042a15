package client

import (
	"bytes"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/payload"
)

// TestClearImported: an imported conversation is cleared up to an ordinal; an
// import of the same again brings nothing back.
func TestClearImported(t *testing.T) {
	e, inner := fileDevice(t, newFileServer())
	fsys := smallExport(1001, 1002, 1003)
	if _, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil {
		t.Fatal(err)
	}
	all := messages(e, t)
	for range 2 {
		err := e.withAccount(t.Context(), func() error {
			return e.applyClearing(t.Context(), &payload.Clearing{Conversation: all[0].Conversation, Imported: true, Seq: 2}, true)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if out, err := e.ImportMessenger(t.Context(), fsys, "Alice"); err != nil || out.Messages != 0 {
		t.Errorf("an import brought it back: %+v, %v", out, err)
	}
	if list := messages(e, t); len(list) != 1 || list[0].ID != all[2].ID {
		t.Errorf("%d messages are left, want the last", len(list))
	}
	entries, err := store.Collect(t.Context(), inner, store.Range{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range entries {
		if bytes.Contains(x.Value, []byte("note 1002")) {
			tag, _, _ := store.ParseKey(x.Key)
			t.Errorf("the text is still in the table %q", tag)
		}
	}
}
