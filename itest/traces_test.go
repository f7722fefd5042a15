package itest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sealed"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
)

// ciphertext returns the end of a message's body as the server has it: a part
// that is in nothing else.
func (d *device) ciphertext(m client.Message) []byte {
	d.w.tb.Helper()
	const tail = 48
	call, err := transporthttp.New(d.w.http.URL, transporthttp.Options{Token: func() string { return d.token() }})
	d.w.must(err)
	r, err := wire.ConversationClient{Doer: call}.ReadLog(d.w.ctx, &wire.ReadLogRequest{Conversation: m.Conversation[:], FromSeq: m.Seq, Limit: 1})
	d.w.must(err)
	if len(r.Entries) != 1 || len(r.Entries[0].Body) < 2*tail {
		d.w.tb.Fatal("the server does not have the message")
	}
	body := r.Entries[0].Body
	return body[len(body)-tail:]
}

// onServer reports whether a file of the running server holds the bytes: its
// database, the log beside it, or an attachment.
func (w *world) onServer(needle []byte) bool {
	w.tb.Helper()
	found := false
	w.must(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, needle)
		return err
	}))
	return found
}

// blobs counts the attachments that the server has.
func (w *world) blobs() (n int) {
	w.tb.Helper()
	w.must(filepath.WalkDir(filepath.Join(w.dir, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && filepath.Ext(path) == "" {
			n++
		}
		return err
	}))
	return n
}

// eventually waits for what the server does in the background.
func (w *world) eventually(what string, f func() bool) {
	w.tb.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if f() {
			return
		}
		if time.Now().After(end) {
			w.tb.Fatalf("it does not come to this: %s", what)
		}
	}
}

// holds counts the values of a device's store, opened with its key, that hold the
// bytes, by table.
func (d *device) holds(needle string) map[string]int {
	d.w.tb.Helper()
	s, err := sealed.Open(d.w.ctx, d.store, d.key, bytes.NewReader(make([]byte, 64)))
	d.w.must(err)
	found := map[string]int{}
	d.w.must(s.Scan(d.w.ctx, store.Range{}, func(key, value []byte) error {
		if bytes.Contains(value, []byte(needle)) {
			tag, _, err := store.ParseKey(key)
			found[tag]++
			return err
		}
		return nil
	}))
	return found
}

// fresh takes what is new in a conversation, whether or not the server has got
// round to telling of it, and all that a sync does.
func (d *device) fresh(with string) {
	d.w.tb.Helper()
	_, err := d.History(d.w.ctx, with, client.Page{Limit: 1})
	d.w.must(err)
	d.sync()
}

// traceless fails the test if a device's store holds one of the words.
func (w *world) traceless(what string, words []string, devices ...*device) {
	w.tb.Helper()
	for _, d := range devices {
		for _, word := range words {
			if found := d.holds(word); len(found) > 0 {
				w.tb.Errorf("%s: the store of %s holds %q in the tables %v", what, d.name, word, found)
			}
			hits, err := d.Search(w.ctx, []string{word}, "")
			w.must(err)
			if len(hits) > 0 {
				w.tb.Errorf("%s: %s finds %q", what, d.name, word)
			}
		}
	}
}

// TestTracesAreFound: the ways in which these tests look for what is left do
// find what is there.
func TestTracesAreFound(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	m := alice.say("bob", "zyzzyva")
	bob.fresh("alice")
	for _, d := range []*device{alice, bob} {
		if f := d.holds("zyzzyva"); f["mp"] == 0 || f["ix"] == 0 {
			t.Errorf("%s: %v", d.name, f)
		}
	}
	_, err := alice.Edit(w.ctx, m.ID.String(), "quokkas")
	w.must(err)
	bob.fresh("alice")
	for _, d := range []*device{alice, bob} {
		if f := d.holds("quokkas"); f["an"] == 0 || f["ix"] == 0 {
			t.Errorf("%s: %v", d.name, f)
		}
	}
	if !w.onServer(alice.ciphertext(m)) {
		t.Error("the message is not found on the server")
	}
}
