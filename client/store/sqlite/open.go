// Package sqlite keeps a store in one SQLite file, by the pure Go driver
// modernc.org/sqlite. Start with Open. Several processes may have the file open
// at once.
//
// The file is one table of keys and values, in write-ahead mode with a sync of
// the disk at each commit; batches that arrive together share a commit. What is
// deleted is overwritten. A file written by a later format is refused with
// store.ErrFormat.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the database/sql driver named "sqlite"

	"github.com/coffer-chat/coffer/client/store"
)

// Version is the format that this package writes, kept in SQLite's
// user_version. 1: the table kv, without row ids. There each step of a search for a
// key reads the whole of the value that it passes. 2: kv with row ids, so that keys
// stand in an index of their own.
const Version = 2

// oldest is the first format that this package reads. A file keeps the format in
// which it was made: all statements are the same.
const oldest = 1

// applicationID marks the file as a store: "CofS".
const applicationID = 0x436f6653

const (
	busyTimeout = 10 * time.Second // how long to wait for another process
	readers     = 4                // connections for reading
)

// Store is a store.Store in a SQLite file. Use Open.
type Store struct {
	db   *sql.DB // readers
	get  *sql.Stmt
	w    writer
	life sync.RWMutex // held for reading by each call, for writing by Close
	shut bool
}

var _ store.Store = (*Store)(nil)

// Open opens the store in the file at path, which it makes, readable by its
// owner only, if it is not there. The folder must exist.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := touch(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("store/sqlite: %w", err)
	}
	db.SetMaxOpenConns(readers + 1)
	db.SetMaxIdleConns(readers + 1)
	s := &Store{db: db}
	// Two processes that switch a new file to write-ahead mode at once collide
	// in a way that SQLite's own waiting does not cover.
	for deadline := time.Now().Add(busyTimeout); ; {
		err = s.prepare(ctx)
		if !errors.Is(err, store.ErrBusy) || time.Now().After(deadline) {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// touch makes the file with narrow permissions; SQLite gives the files it puts
// beside it the same.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("store/sqlite: no such folder: %w", fs.ErrNotExist)
		}
		return fmt.Errorf("store/sqlite: %w", err)
	}
	return f.Close()
}

func dsn(path string) string {
	q := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(wal)",
		"synchronous(full)",
		"fullfsync(1)",
		"secure_delete(on)",
		"journal_size_limit(4194304)",
		"cache_size(-4096)",
	}}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	if !filepath.IsAbs(path) {
		u.Path, u.Opaque = "", (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()
	}
	return u.String()
}

// prepare checks or writes the format and prepares the statements.
func (s *Store) prepare(ctx context.Context) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return typed(err)
	}
	if err := migrate(ctx, conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	if err := s.w.prepare(ctx, conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	s.get, err = s.db.PrepareContext(ctx, "SELECT v FROM kv WHERE k = ?")
	if err != nil {
		return errors.Join(typed(err), conn.Close())
	}
	return nil
}

// migrate refuses a file that is not a store of a known format and makes the
// table in a new one.
func migrate(ctx context.Context, conn *sql.Conn) (err error) {
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return typed(err)
	}
	defer func() {
		if err != nil {
			_, rerr := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
			err = errors.Join(err, rerr)
		}
	}()
	var app, version, tables int
	for _, q := range []struct {
		sql string
		to  *int
	}{
		{"PRAGMA application_id", &app},
		{"PRAGMA user_version", &version},
		{"SELECT count(*) FROM sqlite_schema", &tables},
	} {
		if err := conn.QueryRowContext(ctx, q.sql).Scan(q.to); err != nil {
			return typed(err)
		}
	}
	if app == applicationID && oldest <= version && version <= Version {
		_, err := conn.ExecContext(ctx, "COMMIT")
		return typed(err)
	}
	if app != 0 || version != 0 || tables != 0 {
		return fmt.Errorf("%w: application %#x, version %d", store.ErrFormat, app, version)
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf(`
		CREATE TABLE kv (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL);
		PRAGMA application_id = %d;
		PRAGMA user_version = %d;
		COMMIT`, applicationID, Version))
	return typed(err)
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.shut {
		return nil
	}
	s.shut = true
	return errors.Join(s.get.Close(), s.w.close(), s.db.Close())
}

// enter begins a call and returns how to end it.
func (s *Store) enter(ctx context.Context) (leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.life.RLock()
	if s.shut {
		s.life.RUnlock()
		return nil, store.ErrClosed
	}
	return s.life.RUnlock, nil
}
