package itest

import (
	"bytes"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
)

// withFile sends a text with a file of 3,000 bytes.
func (d *device) withFile(to, text string) client.Message {
	d.w.tb.Helper()
	m, err := d.Send(d.w.ctx, to, client.Outgoing{Text: text, Files: []client.File{{
		Name: "wombats.txt", Size: 3000, Content: bytes.NewReader(make([]byte, 3000)),
	}}})
	d.w.must(err)
	return m
}

// TestFilesGo: a file goes with the last who needs its message, whoever that is:
// when the sender is not the last, one of its devices finds out, also one that was
// restored since.
func TestFilesGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	one, two := alice.withFile("bob", "one"), alice.withFile("bob", "two")
	alice.withFile("bob", "three")
	bob.fresh("alice")
	w.must(alice.DeleteForMe(w.ctx, one.ID.String()))
	if n := w.blobs(); n != 3 {
		t.Fatalf("the server has %d files, want all: bob has not deleted his", n)
	}
	w.must(bob.DeleteForMe(w.ctx, one.ID.String()))
	alice.sync()
	if n := w.blobs(); n != 2 {
		t.Errorf("the server has %d files, want 2", n)
	}
	w.must(alice.DeleteForMe(w.ctx, two.ID.String()))
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	w.must(bob.Clear(w.ctx, "alice"))
	again.sync()
	if n := w.blobs(); n != 1 {
		t.Errorf("the server has %d files, want the one that alice keeps", n)
	}
	w.must(alice.Clear(w.ctx, "bob"))
	if n := w.blobs(); n != 0 {
		t.Errorf("the server has %d files left", n)
	}
}

// TestFilesStay: a file that was forwarded stays for the forward when all who had
// the first message delete it for themselves, and goes with the last claim; an
// unsend takes it from all.
func TestFilesStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	first, second := alice.withFile("bob", "first"), alice.withFile("bob", "second")
	bob.fresh("alice")
	passed, err := bob.Forward(w.ctx, first.ID.String(), "carol")
	w.must(err)
	_, err = bob.Forward(w.ctx, second.ID.String(), "carol")
	w.must(err)
	carol.fresh("bob")
	w.must(bob.DeleteForMe(w.ctx, first.ID.String()))
	w.must(alice.DeleteForMe(w.ctx, first.ID.String()))
	if n := w.blobs(); n != 2 {
		t.Fatalf("the server has %d files, want 2: carol was given the first", n)
	}
	var out bytes.Buffer
	if _, err := carol.SaveAttachment(w.ctx, passed.ID.String(), 0, &out); err != nil || out.Len() != 3000 {
		t.Errorf("carol reads %d bytes: %v", out.Len(), err)
	}
	w.must(carol.DeleteForMe(w.ctx, passed.ID.String()))
	w.must(bob.DeleteForMe(w.ctx, passed.ID.String()))
	if n := w.blobs(); n != 1 {
		t.Errorf("the server has %d files, want the second", n)
	}
	w.must(alice.Unsend(w.ctx, second.ID.String()))
	if n := w.blobs(); n != 0 {
		t.Errorf("the server has %d files left of what was unsent", n)
	}
	w.pass(time.Hour)
	for _, d := range []*device{alice, bob, carol} {
		d.sync()
	}
}
