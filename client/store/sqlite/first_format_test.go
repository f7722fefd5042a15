package sqlite_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sqlite"
)

// TestFirstFormat: a file of the first format is read, written and read again.
func TestFirstFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	run(t, path, `
		PRAGMA journal_mode = wal;
		CREATE TABLE kv (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL) WITHOUT ROWID;
		INSERT INTO kv VALUES (x'01', x'aa'), (x'02', x'bb'), (x'03', x'');
		PRAGMA application_id = 0x436f6653;
		PRAGMA user_version = 1`)
	large := bytes.Repeat([]byte{0xdd}, 100_000)
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	var b, stale store.Batch
	b.RequireValue([]byte{2}, []byte{0xbb})
	b.RequireAbsent([]byte{4})
	b.Set([]byte{2}, []byte{0xcc})
	b.Delete([]byte{3})
	b.Set([]byte{4}, large)
	b.Set([]byte{5}, nil)
	b.Set([]byte{6}, nil)
	b.DeleteRange([]byte{5}, []byte{7})
	if err := s.Apply(ctx, &b); err != nil {
		t.Error(err)
	}
	stale.RequireAbsent([]byte{4})
	if err := s.Apply(ctx, &stale); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a requirement that does not hold: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if s, err = sqlite.Open(ctx, path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := []store.Entry{{Key: []byte{1}, Value: []byte{0xaa}}, {Key: []byte{2}, Value: []byte{0xcc}}, {Key: []byte{4}, Value: large}}
	got, err := store.Collect(ctx, s, store.Range{})
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d entries, %v", len(got), err)
	}
	for i, w := range want {
		v, err := s.Get(ctx, w.Key)
		if err != nil || !bytes.Equal(got[i].Key, w.Key) || !bytes.Equal(got[i].Value, w.Value) || !bytes.Equal(v, w.Value) {
			t.Errorf("entry %d is not what was set, %v", i, err)
		}
	}
}
