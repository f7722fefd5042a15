package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/server/blob"
	blobfs "github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// filed is a data folder in which bob has reported alice.
type filed struct {
	*testing.T
	data string
	hub  frank.HubKey
	// alice and bob are accounts, a conversation and its URI are made up.
	alice, bob account.ID
	room       content.URI
	salt       byte
}

func newFiled(t *testing.T) *filed {
	f := &filed{T: t, data: t.TempDir(), alice: account.ID{1}, bob: account.ID{2}}
	var err error
	f.hub, err = frank.NewHubKey(rand.Reader)
	f.ok(err)
	f.room, err = content.RoomURI("chat.example", strings.Repeat("a", 52))
	f.ok(err)
	db := f.open()
	defer db.Close()
	_, err = db.KeepMeta(t.Context(), "hub key", f.hub.Bytes())
	f.ok(err)
	for id, handle := range map[account.ID]string{f.alice: "alice", f.bob: "bob"} {
		f.ok(db.UpdateAccount(t.Context(), id, func(tx store.AccountTx) error { return tx.Create(store.Account{Handle: handle}) }))
	}
	return f
}

func (f *filed) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *filed) open() *sqlstore.DB {
	f.Helper()
	db, err := sqlstore.OpenSQLite(f.Context(), filepath.Join(f.data, databaseFile))
	f.ok(err)
	return db
}

// says is an opening of something that alice sent.
func (f *filed) says(t content.Text) frank.Opening {
	f.Helper()
	f.salt++
	sender, err := content.UserURI("chat.example", f.alice.String())
	f.ok(err)
	m, err := content.NewMessage(content.Header{Salt: content.Salt{f.salt}, Sender: sender, Room: f.room}, t)
	f.ok(err)
	c := frank.Context{Sender: sender, Room: f.room, AcceptedMs: uint64(time.Date(2026, 3, 1, 12, int(f.salt), 0, 0, time.UTC).UnixMilli())}
	_, signer, err := ed25519.GenerateKey(rand.Reader)
	f.ok(err)
	return frank.Opening{Content: m.Bytes(), Context: c, Frank: f.hub.Frank(frank.NewTag(m), c, 1, signer)}
}

// report files a report under an id.
func (f *filed) report(id byte, reason string, list ...frank.Opening) {
	f.Helper()
	db := f.open()
	defer db.Close()
	f.ok(db.UpdateAccount(f.Context(), f.bob, func(tx store.AccountTx) error {
		return tx.PutReport(store.Report{
			ID: [16]byte{0xab, 0xcd, id}, FiledMS: uint64(time.Date(2026, 3, 2, 9, int(id), 0, 0, time.UTC).UnixMilli()),
			Data: frank.Report{Reason: reason, Openings: list}.Append(nil),
		})
	}))
}

// cofferd runs a command and returns its exit code and what it prints.
func (f *filed) cofferd(args ...string) (code int, out, problem string) {
	f.Helper()
	var stdout, stderr bytes.Buffer
	code = run(f.Context(), append(append([]string{"reports"}, args...), "--data", f.data), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func (f *filed) prints(want string, args ...string) {
	f.Helper()
	code, out, problem := f.cofferd(args...)
	if code != 0 || out != want {
		f.Errorf("%v: exit %d, %s\n%s\nwant\n%s", args, code, problem, out, want)
	}
}

func (f *filed) fails(want int, says string, args ...string) {
	f.Helper()
	code, out, problem := f.cofferd(args...)
	if code != want || !strings.Contains(problem, says) || out != "" {
		f.Errorf("%v: exit %d, %q, printed %q; want %d and %q", args, code, problem, out, want, says)
	}
}

// TestReports: the moderator's way from a list to a report that is done with.
func TestReports(t *testing.T) {
	f := newFiled(t)
	f.prints("nothing has been reported\n", "list")
	one, forged := f.says(content.Text{Text: "two lines\nand \x1b[2J a trick"}), f.says(content.Text{Text: "never sent"})
	forged.Context.AcceptedMs++
	f.report(1, "he goes on\nand on", one, forged)
	f.report(2, "", f.says(content.Text{Text: "again"}))
	f.prints("abcd0100  2026-03-02 09:01 UTC  bob\nabcd0200  2026-03-02 09:02 UTC  bob\n", "list")
	code, out, _ := f.cofferd("show", "abcd01")
	for _, want := range []string{
		"report        abcd0100000000000000000000000000\n", "filed         2026-03-02 09:01 UTC by bob (account " + f.bob.String() + ")\n",
		"reason        he goes on\n              and on\n", "2026-03-01 12:01 UTC  alice (account " + f.alice.String() + ")",
		"    two lines\n    and \\u{1b}[2J a trick\n", "Not shown: 1 of 2,",
	} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, %q is missing in\n%s", code, want, out)
		}
	}
	if strings.Contains(out, "never sent") {
		t.Errorf("shown although it does not verify:\n%s", out)
	}
	code, out, _ = f.cofferd("show", "abcd01", "--json")
	for _, want := range []string{`"type":"report","id":"abcd01000000`, `"by":{"handle":"bob"`, `"kind":"text","text":"two lines\nand \u001b[2J a trick"`, `"notShown":1`} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, %q is missing in\n%s", code, want, out)
		}
	}
	code, out, _ = f.cofferd("list", "--json")
	if code != 0 || strings.Count(out, "\n") != 2 || !strings.Contains(out, `"filed":"2026-03-02T09:02:00Z"`) {
		t.Errorf("exit %d, %s", code, out)
	}
	f.fails(2, "give more of the id", "show", "abcd")
	f.fails(2, "first four digits", "show", "abc")
	f.fails(2, "first four digits", "close", "ABCD01")
	f.fails(2, "first four digits", "show")
	f.fails(1, "no such report", "show", "abce")
	f.fails(1, "no such report", "close", "abce")
	f.prints("erased report abcd0100\n", "close", "abcd01")
	f.fails(1, "no such report", "close", "abcd01")
	f.prints("abcd0200  2026-03-02 09:02 UTC  bob\n", "list")
	if b, err := os.ReadFile(filepath.Join(f.data, databaseFile)); err != nil || bytes.Contains(b, []byte("he goes on")) {
		t.Errorf("a closed report is still in the file (%v)", err)
	}
	var nowhere bytes.Buffer
	if code := run(t.Context(), []string{"reports", "list", "--data", t.TempDir()}, &nowhere, &nowhere); code != 1 {
		t.Errorf("no data: exit %d, %s", code, &nowhere)
	}
	if code := run(t.Context(), []string{"reports", "list"}, &nowhere, &nowhere); code != 2 {
		t.Errorf("no folder: exit %d, %s", code, &nowhere)
	}
}

// TestReportsSave: the files of a report are saved as they were sent, or not at all.
func TestReportsSave(t *testing.T) {
	f := newFiled(t)
	blobs, err := blobfs.Open(filepath.Join(f.data, blobFolder))
	f.ok(err)
	attach := func(n byte, name, text string, spoil func([]byte)) content.Attachment {
		key, err := media.NewKey(rand.Reader)
		f.ok(err)
		var b bytes.Buffer
		ref, err := media.Encrypt(&b, strings.NewReader(text), key, int64(len(text)))
		f.ok(err)
		spoil(b.Bytes())
		id := blob.ID{n}
		_, err = blobs.Create(t.Context(), id, blob.Meta{Size: int64(b.Len())})
		f.ok(err)
		_, err = blobs.Append(t.Context(), id, 0, &b)
		f.ok(err)
		return content.Attachment{File: ref, URL: "coffer://chat.example/blob/" + id.String(), MediaType: "text/plain", Name: name}
	}
	honest := func([]byte) {}
	good := attach(1, "notes.txt", "what was sent", honest)
	hidden := attach(2, "con.txt", "a name of a device", honest)
	bad := attach(3, "bad.bin", "what was altered", func(b []byte) { b[5] ^= 1 })
	gone := good
	gone.URL, gone.Name = "coffer://chat.example/blob/"+blob.ID{4}.String(), "gone.txt"
	elsewhere := good
	elsewhere.URL, elsewhere.Name = "https://elsewhere.example/x", "elsewhere.txt"
	f.report(1, "", f.says(content.Text{Text: "see"}), f.says(content.Text{Attachments: []content.Attachment{good, hidden}}))
	f.report(2, "", f.says(content.Text{Attachments: []content.Attachment{bad, gone, elsewhere}}))
	f.report(3, "", f.says(content.Text{Text: "none"}))
	to := filepath.Join(t.TempDir(), "evidence")
	f.prints("saved 2-1-notes.txt\nsaved 2-2-attachment.txt\n", "save", "abcd01", "--to", to)
	for name, want := range map[string]string{"2-1-notes.txt": "what was sent", "2-2-attachment.txt": "a name of a device"} {
		if b, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(b) != want {
			t.Errorf("%s holds %q, %v", name, b, err)
		}
	}
	for _, args := range [][]string{{"save", "abcd01", "--to", to}, {"save", "abcd02", "--to", to}} {
		code, out, problem := f.cofferd(args...)
		if code != 1 || !strings.Contains(problem, "were not saved") || strings.Count(out, "not saved: ") < 2 {
			t.Errorf("%v: exit %d, %s, %s", args, code, out, problem)
		}
	}
	if list, err := os.ReadDir(to); err != nil || len(list) != 2 {
		t.Errorf("in the folder: %v, %v", list, err)
	}
	f.prints("no file was reported\n", "save", "abcd03", "--to", to)
	f.fails(2, "--to says", "save", "abcd03")
	if err := saveFile(t.Context(), &bad, f.data, filepath.Join(to, "x")); !errors.Is(err, media.ErrCorrupt) {
		t.Errorf("an altered file: %v", err)
	}
}
