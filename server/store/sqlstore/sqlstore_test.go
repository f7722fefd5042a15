package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/storetest"
)

func TestSuite(t *testing.T) {
	storetest.Run(t, func(dir string) (store.Store, error) {
		return OpenSQLite(context.Background(), filepath.Join(dir, "store.db"))
	})
}

// TestFormat refuses files that are not a server's, or of a later version.
func TestFormat(t *testing.T) {
	for name, pragma := range map[string]string{
		"later version":   "PRAGMA user_version = 2",
		"another program": "PRAGMA application_id = 7",
	} {
		path := filepath.Join(t.TempDir(), "store.db")
		s, err := OpenSQLite(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(pragma); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if _, err := OpenSQLite(t.Context(), path); !errors.Is(err, store.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "store.db")
	if err := os.WriteFile(path, []byte("this is no database at all, whatever its name says"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSQLite(t.Context(), path); err == nil {
		t.Error("a text file was opened")
	}
	if _, err := OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "no", "folder")); err == nil {
		t.Error("a folder that is not there was made")
	}
}

// TestPrivate: nobody else may read the files.
func TestPrivate(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenSQLite(t.Context(), filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.KeepMeta(t.Context(), "x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
}

// TestErasedForGood: what was erased is nowhere in the files once the log of
// changes has been folded in.
func TestErasedForGood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	const text = "not to be found again"
	id := [32]byte{1}
	for _, f := range []func(store.ConversationTx) error{
		func(tx store.ConversationTx) error { return tx.Append(store.Entry{Seq: 1, Body: []byte(text)}) },
		func(tx store.ConversationTx) error { return tx.Erase(1, []byte("h"), [32]byte{}) },
	} {
		if err := s.UpdateConversation(t.Context(), id, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if contains(data, text) {
		t.Error("an erased body is still in the file")
	}
}

func contains(data []byte, text string) bool {
	for i := 0; i+len(text) <= len(data); i++ {
		if string(data[i:i+len(text)]) == text {
			return true
		}
	}
	return false
}

// TestBackup: a copy made while others write opens and holds one moment.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenSQLite(t.Context(), filepath.Join(dir, "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := [32]byte{1}
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for seq := uint64(1); ; seq++ {
			select {
			case <-stop:
				return
			default:
			}
			err := s.UpdateConversation(t.Context(), id, func(tx store.ConversationTx) error {
				if err := tx.Append(store.Entry{Seq: 2*seq - 1, Body: []byte("a")}); err != nil {
					return err
				}
				return tx.Append(store.Entry{Seq: 2 * seq, Body: []byte("b")})
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	path := filepath.Join(dir, "copy.db")
	err = s.Backup(t.Context(), path)
	again := s.Backup(t.Context(), path)
	close(stop)
	<-ended
	if err != nil || again == nil {
		t.Fatal(err, again)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	copied, err := OpenSQLite(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	err = copied.ViewConversation(t.Context(), id, func(v store.ConversationView) error {
		list, err := v.Entries(1, false, 1<<30, 1<<30)
		if len(list)%2 != 0 {
			t.Errorf("%d entries: half a transaction", len(list))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
