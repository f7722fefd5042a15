package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sqlite"
)

// run executes a statement on a file behind the store's back.
func run(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, path string)
		want error
	}{
		{"later format", func(t *testing.T, path string) {
			s, err := sqlite.Open(ctx, path)
			if err != nil || s.Close() != nil {
				t.Fatal(err)
			}
			run(t, path, fmt.Sprintf("PRAGMA user_version = %d", sqlite.Version+1))
		}, store.ErrFormat},
		{"another program's file", func(t *testing.T, path string) { run(t, path, "CREATE TABLE kv (k, v)") }, store.ErrFormat},
		{"no database", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("plain text, not a database. ", 100)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, store.ErrCorrupt},
		{"no folder", func(*testing.T, string) {}, fs.ErrNotExist},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			if test.want == fs.ErrNotExist {
				path = filepath.Join(path, "deeper")
			}
			test.make(t, path)
			if s, err := sqlite.Open(ctx, path); !errors.Is(err, test.want) {
				t.Errorf("open: %v, want %v", err, test.want)
				if err == nil {
					s.Close()
				}
			}
		})
	}
}

func TestPaths(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"plain.db", "with space.db", "50%25.db", "what?.db", "a#b.db", "ünï.db", "./dot.db"} {
		s, err := sqlite.Open(ctx, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var b store.Batch
		b.Set([]byte("k"), []byte(name))
		if err := s.Apply(ctx, &b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
		for _, beside := range []string{name + "-wal", name + "-shm"} {
			if info, err := os.Stat(beside); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", beside, info, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
		abs, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		if s, err = sqlite.Open(ctx, abs); err != nil {
			t.Errorf("%s: %v", abs, err)
			continue
		}
		if v, err := s.Get(ctx, []byte("k")); err != nil || string(v) != name {
			t.Errorf("%s: %q, %v", abs, v, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
}

func TestManyOpenANewFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s, err := sqlite.Open(ctx, path)
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			var b store.Batch
			b.Set([]byte{byte(i + 1)}, nil)
			if err := errors.Join(s.Apply(ctx, &b), s.Close()); err != nil {
				t.Errorf("apply and close: %v", err)
			}
		})
	}
	wg.Wait()
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if e, err := store.Collect(ctx, s, store.Range{}); err != nil || len(e) != 8 {
		t.Errorf("%d entries, %v", len(e), err)
	}
}
