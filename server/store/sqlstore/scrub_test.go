package sqlstore

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// TestScrub: after an erasure and a scrub no file holds the body: not the database,
// not the log beside it.
func TestScrub(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	s, err := OpenSQLite(ctx, filepath.Join(dir, "coffer.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	body := bytes.Repeat([]byte("ciphertext of a message "), 2000) // over several pages
	id := convo.ID{1}
	update := func(f func(tx store.ConversationTx) error) {
		t.Helper()
		if err := s.UpdateConversation(ctx, id, f); err != nil {
			t.Fatal(err)
		}
	}
	held := func() (n int) {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(b, body[:200])
		}
		return n
	}
	update(func(tx store.ConversationTx) error {
		return tx.Append(store.Entry{Seq: 1, Kind: convo.EntryMessage, Body: body, Link: [32]byte{1}})
	})
	if err := s.Scrub(ctx); err != nil { // so that it is in the database, too
		t.Fatal(err)
	}
	if held() == 0 {
		t.Fatal("the body is not found where it is")
	}
	update(func(tx store.ConversationTx) error { return tx.Erase(1, []byte("header"), sha256.Sum256(body)) })
	if err := s.Scrub(ctx); err != nil {
		t.Fatal(err)
	}
	if n := held(); n != 0 {
		t.Errorf("the body is still there, %d times", n)
	}

	// A reader in the way: it is left for later, and not forgotten.
	update(func(tx store.ConversationTx) error {
		return tx.Append(store.Entry{Seq: 2, Kind: convo.EntryMessage, Body: body, Link: [32]byte{2}})
	})
	err = s.ViewConversation(ctx, id, func(v store.ConversationView) error {
		if _, err := v.Entry(2); err != nil {
			return err
		}
		update(func(tx store.ConversationTx) error { return tx.Erase(2, []byte("header"), sha256.Sum256(body)) })
		return s.Scrub(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Scrub(ctx); err != nil {
		t.Fatal(err)
	}
	if n := held(); n != 0 {
		t.Errorf("the body is still there, %d times", n)
	}
}
