package itest

import (
	"bytes"
	"testing"

	"github.com/coffer-chat/coffer/client"
)

// TestFreedWhileFetched: what is freed while a file comes leaves no copy that says
// it has parts that it has not.
func TestFreedWhileFetched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.gate()
	alice, bob := w.register("alice"), w.register("bob")
	bob.say("alice", "send it")
	const size = 2_300_000 // five parts
	m := alice.attach("bob", "file.bin", noise(size, 1), false)
	bob.fresh("alice")
	g.forget()
	g.stop, g.after = func() { // the trailer and two parts are there
		if _, err := bob.FreeStorage(w.ctx, ""); err != nil {
			t.Error(err)
		}
	}, 3
	f, err := bob.FetchAttachments(w.ctx, client.DefaultCopyLimit)
	if err != nil || f.Files != 0 {
		t.Fatalf("freed meanwhile: %+v, %v", f, err)
	}
	g.forget()
	if f, err := bob.FetchAttachments(w.ctx, client.DefaultCopyLimit); err != nil || f.Files != 1 {
		t.Errorf("fetched %+v, %v", f, err)
	}
	w.stop()
	var got bytes.Buffer
	if _, err := bob.SaveAttachment(w.ctx, m.ID.String(), 0, &got); err != nil || !bytes.Equal(got.Bytes(), noise(size, 1)) {
		t.Errorf("%d bytes without the server: %v", got.Len(), err)
	}
	w.start()
}
