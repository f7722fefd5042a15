package sqlite_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sqlite"
)

// TestKeysStandApart: SQLite keeps keys in an index of their own, in which no value
// stands: looking a key up passes none.
func TestKeysStandApart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := sqlite.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	const values, size, pageSize = 500, 25 << 10, 4096
	var b store.Batch
	for n := range uint64(values) {
		b.Set(store.Table("mp").ID(make([]byte, 16)).Uint64(n).Bytes(), make([]byte, size))
	}
	if err := errors.Join(s.Apply(ctx, &b), s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	trees := map[string]int{} // pages of each
	rows, err := db.Query("SELECT name, count(*) FROM dbstat GROUP BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var pages int
		if err := rows.Scan(&name, &pages); err != nil {
			t.Fatal(err)
		}
		trees[name] = pages
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	// A key has less than 60 bytes with what SQLite adds.
	if n := trees["sqlite_autoindex_kv_1"]; n == 0 || n > 2*values*60/pageSize {
		t.Errorf("the index of %d keys has %d pages", values, n)
	}
	if n := trees["kv"]; n < values*size/pageSize || n > values*(size/pageSize+2) {
		t.Errorf("%d values take %d pages", values, n)
	}
}
