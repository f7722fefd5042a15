package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/realm"
	"github.com/coffer-chat/coffer/realm/storetest"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) realm.Store { return open(t, filepath.Join(t.TempDir(), "a realm?#%41.db")) })
}

func TestReopened(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "realm.db")
	s := open(t, path)
	if err := s.Apply(ctx, realm.Change{Key: realm.Key{1}, Value: []byte("v"), Log: [][]byte{{1}}, LogSeq: 1}); err != nil {
		t.Fatal(err)
	}
	before, err := s.Get(ctx, realm.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	// A second process sees the write at once, whether or not the first has ended.
	after, err := open(t, path).Get(ctx, realm.Key{1})
	if err != nil || after.Version != before.Version || string(after.Value) != "v" {
		t.Errorf("reopened: %+v, %v", after, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestPragmas(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "realm.db"))
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "secure_delete": "1"} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v; want %s", pragma, got, err, want)
		}
	}
}

func TestForeignFilesRefused(t *testing.T) {
	for name, statement := range map[string]string{
		"later version": "PRAGMA application_id = 1131374194; PRAGMA user_version = 2",
		"other program": "PRAGMA application_id = 7; PRAGMA user_version = 1",
		"other tables":  "CREATE TABLE t (x)",
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if _, err := Open(context.Background(), path); !errors.Is(err, realm.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("text "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), path); err == nil {
		t.Error("a text file was opened")
	}
	if _, err := Open(context.Background(), filepath.Join(path, "below")); err == nil {
		t.Error("a file below a file was opened")
	}
}

func TestErasedSecretsAreGone(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := open(t, filepath.Join(dir, "realm.db"))
	secret := bytes.Repeat([]byte("SECRET-BYTES-"), 30)
	found := func() bool {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(data, []byte("SECRET-BYTES-")) {
				return true
			}
		}
		return false
	}
	if err := s.Apply(ctx, realm.Change{Key: realm.Key{1}, Value: secret}); err != nil {
		t.Fatal(err)
	}
	if !found() {
		t.Fatal("the test does not see what is stored")
	}
	r, err := s.Get(ctx, realm.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(ctx, realm.Change{Key: realm.Key{1}, Version: r.Version, Value: []byte("locked"), Erases: true}); err != nil {
		t.Fatal(err)
	}
	if found() {
		t.Error("an erased secret is still in the files")
	}
}
