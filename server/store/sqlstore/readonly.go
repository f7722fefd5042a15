package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/coffer-chat/coffer/server/store"
)

// OpenSQLiteReadOnly opens the database in the file at path for reading: every
// Update… then returns store.ErrReadOnly. It makes no file that is not there,
// and works beside a process that has the database open for writing.
func OpenSQLiteReadOnly(ctx context.Context, path string) (*DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	// The file itself is opened for writing: a reader of a write-ahead log
	// shares its index with others. query_only keeps statements from writing.
	db, err := sql.Open("sqlite", fileName(path, "mode=rw", "busy_timeout(10000)", "query_only(on)", "cache_size(-4096)"))
	if err != nil {
		return nil, wrap(err)
	}
	s, err := openReadOnly(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func openReadOnly(ctx context.Context, db *sql.DB) (*DB, error) {
	c, err := newConn(ctx, db)
	if err != nil {
		return nil, err
	}
	app, version, _, err := format(c)
	if err == nil && (app != applicationID || version != Version) {
		err = fmt.Errorf("%w: application %#x, version %d", store.ErrFormat, app, version)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	s := &DB{db: db, dialect: sqlite, idle: make(chan *conn, readers)}
	s.idle <- c
	for range readers - 1 {
		s.idle <- nil
	}
	return s, nil
}
