package server_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
)

// devices calls the device service with a session's token, "" for none.
func (w *world) devices(token string) cofferv1connect.DeviceServiceClient {
	return cofferv1connect.NewDeviceServiceClient(&http.Client{Transport: bearer{token, w.http.Transport}}, w.url)
}

func mailboxOf(n byte) []byte { return append([]byte{n}, make([]byte, 15)...) }

// TestLinkMailbox: a device opens a mailbox, strangers who know its id read and
// write there, in one order, and it is over after ten minutes or when it is closed.
func TestLinkMailbox(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	mine, anybody := w.devices(alice.first.token), w.devices("")
	id := idBytes(alice)
	open := func(n byte) error { return try(w, mine.OpenLink, &cofferv1.OpenLinkRequest{Mailbox: mailboxOf(n)}) }
	put := func(n byte, number uint32, box string) error {
		return try(w, anybody.PutLinkBox, &cofferv1.PutLinkBoxRequest{Account: id, Mailbox: mailboxOf(n), Number: number, Box: []byte(box)})
	}
	get := func(n byte, from uint32) []string {
		w.Helper()
		var out []string
		for _, b := range call(w, anybody.GetLinkBoxes, &cofferv1.GetLinkBoxesRequest{Account: id, Mailbox: mailboxOf(n), FromNumber: from}).GetBoxes() {
			out = append(out, string(b))
		}
		return out
	}
	find := func() *cofferv1.FindLinksResponse {
		w.Helper()
		return call(w, anybody.FindLinks, &cofferv1.FindLinksRequest{Handle: "alice"})
	}
	w.refused(try(w, anybody.OpenLink, &cofferv1.OpenLinkRequest{Mailbox: mailboxOf(1)}), noSession)
	w.refused(try(w, mine.OpenLink, &cofferv1.OpenLinkRequest{Mailbox: []byte{1}}), malformed)
	w.refused(put(1, 1, "too early"), notFound)
	if n := len(find().GetMailboxes()); n != 0 {
		t.Errorf("%d mailboxes", n)
	}
	w.ok(open(1))
	w.ok(open(1)) // the answer was lost
	if f := find(); len(f.GetMailboxes()) != 1 || !bytes.Equal(f.GetMailboxes()[0], mailboxOf(1)) || !bytes.Equal(f.GetAccount(), id) {
		t.Errorf("found %v", f)
	}
	w.ok(put(1, 1, "a"))
	w.refused(put(1, 1, "b"), stale)
	w.refused(put(1, 3, "c"), malformed)
	w.refused(put(1, 0, "c"), malformed)
	w.refused(put(1, 65, "c"), malformed)
	w.refused(put(1, 2, ""), malformed)
	w.refused(try(w, anybody.PutLinkBox, &cofferv1.PutLinkBoxRequest{Account: id, Mailbox: mailboxOf(1), Number: 2, Box: make([]byte, 16<<10+1)}), tooLarge)
	w.refused(try(w, anybody.PutLinkBox, &cofferv1.PutLinkBoxRequest{Account: id[:31], Mailbox: mailboxOf(1), Number: 2, Box: []byte("x")}), malformed)
	w.refused(put(2, 1, "another mailbox"), notFound)
	w.ok(put(1, 2, "b"))
	if got := get(1, 0); len(got) != 2 || got[0] != "a" || got[1] != "b" {
		t.Errorf("boxes %q", got)
	}
	if got := get(1, 2); len(got) != 1 || got[0] != "b" {
		t.Errorf("from the second %q", got)
	}
	for n := uint32(3); n <= 64; n++ {
		w.ok(put(1, n, "x"))
	}
	w.ok(open(2)) // a device links one other at a time
	w.refused(put(1, 1, "x"), notFound)
	w.clock.Add(10*time.Minute + time.Second)
	w.refused(put(2, 1, "too late"), notFound)
	if n := len(find().GetMailboxes()); n != 0 {
		t.Errorf("%d mailboxes after their time", n)
	}
	w.ok(open(3))
	w.ok(put(3, 1, "x"))
	call(w, mine.CloseLink, &cofferv1.CloseLinkRequest{Mailbox: mailboxOf(3)})
	w.refused(try(w, anybody.GetLinkBoxes, &cofferv1.GetLinkBoxesRequest{Account: id, Mailbox: mailboxOf(3)}), notFound)
	w.refused(try(w, anybody.CloseLink, &cofferv1.CloseLinkRequest{Mailbox: mailboxOf(3)}), noSession)
	w.refused(try(w, anybody.FindLinks, &cofferv1.FindLinksRequest{Handle: "nobody"}), notFound)
	w.refused(try(w, anybody.FindLinks, &cofferv1.FindLinksRequest{Handle: "NO BODY"}), malformed)
}

// TestLinkWaits: who waits for a box hears of it at once, and of an end as well.
func TestLinkWaits(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	mine, anybody := w.devices(alice.first.token), w.devices("")
	call(w, mine.OpenLink, &cofferv1.OpenLinkRequest{Mailbox: mailboxOf(1)})
	m := &cofferv1.GetLinkBoxesRequest{Account: idBytes(alice), Mailbox: mailboxOf(1), FromNumber: 1, TimeoutMs: 20_000}
	got := make(chan int, 1)
	wait := func() {
		r, err := anybody.GetLinkBoxes(t.Context(), req(m))
		if err != nil {
			got <- -1
			return
		}
		got <- len(r.Msg.GetBoxes())
	}
	go wait()
	time.Sleep(20 * time.Millisecond)
	call(w, anybody.PutLinkBox, &cofferv1.PutLinkBoxRequest{Account: idBytes(alice), Mailbox: mailboxOf(1), Number: 1, Box: []byte("a")})
	if n := <-got; n != 1 {
		t.Errorf("got %d", n)
	}
	m.FromNumber = 2
	go wait()
	time.Sleep(20 * time.Millisecond)
	call(w, mine.CloseLink, &cofferv1.CloseLinkRequest{Mailbox: mailboxOf(1)})
	if n := <-got; n != -1 {
		t.Errorf("after the end: %d", n)
	}
	// An account takes so many mailboxes at once, however many devices it has.
	for n := range byte(4) {
		d := alice.first.addDevice()
		w.ok(try(w, w.devices(d.token).OpenLink, &cofferv1.OpenLinkRequest{Mailbox: bytes.Clone(mailboxOf(n))}))
	}
	w.refused(try(w, mine.OpenLink, &cofferv1.OpenLinkRequest{Mailbox: mailboxOf(9)}), quota)
}

// TestGetRemoval: a device that was removed gets the entries that say so, nobody
// else gets anything.
func TestGetRemoval(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	tablet := alice.first.addDevice()
	of := func(d *device) *cofferv1.GetRemovalRequest {
		id := d.secret.ID()
		return &cofferv1.GetRemovalRequest{Account: idBytes(alice), Device: id[:], FromSeq: 3}
	}
	anybody := w.devices("")
	w.refused(try(w, anybody.GetRemoval, of(tablet)), notFound)
	alice.first.removeDevice(tablet)
	r := call(w, anybody.GetRemoval, of(tablet))
	entries, err := account.ParseEntries(r.GetEntries())
	w.ok(err)
	if len(entries) != 1 || entries[0].Type() != account.BodyRemove {
		t.Errorf("%d entries", len(entries))
	}
	m := of(tablet)
	m.FromSeq = 1<<64 - 1
	if n := len(call(w, anybody.GetRemoval, m).GetEntries()); n != 0 {
		t.Errorf("%d entries beyond the end", n)
	}
	w.refused(try(w, anybody.GetRemoval, of(alice.first)), notFound)
	w.refused(try(w, anybody.GetRemoval, &cofferv1.GetRemovalRequest{Account: make([]byte, 32), Device: make([]byte, 16)}), notFound)
	w.refused(try(w, anybody.GetRemoval, &cofferv1.GetRemovalRequest{Account: idBytes(alice), Device: []byte{1}}), malformed)
}
