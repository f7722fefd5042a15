package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the database/sql driver named "sqlite"

	"github.com/coffer-chat/coffer/server/store"
)

const (
	// applicationID marks a SQLite file as a server's: "CofD".
	applicationID = 0x436f6644
	// readers is how many views run at once.
	readers = 4
)

// DB is a store.Store in an SQL database.
type DB struct {
	db      *sql.DB
	dialect dialect
	writer  *writer    // nil in a database opened for reading
	idle    chan *conn // connections for reading; nil is one not yet open

	life sync.RWMutex // held for reading by each call, for writing by Close
	shut bool
}

var _ store.Store = (*DB)(nil)

// OpenSQLite opens the database in the file at path, which it makes, readable by
// its owner only, if it is not there. The folder must exist. Only one process
// may have it open for writing.
func OpenSQLite(ctx context.Context, path string) (*DB, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteName(path))
	if err != nil {
		return nil, wrap(err)
	}
	db.SetMaxOpenConns(readers + 3) // and the writer, a backup, and a scrub
	db.SetMaxIdleConns(readers + 3)
	s, err := open(ctx, db, sqlite)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// sqliteName is the data source name: write-ahead log, a sync at each commit,
// and deleted content overwritten.
func sqliteName(path string) string {
	return fileName(path, "mode=rwc",
		"busy_timeout(10000)",
		"page_size(8192)",
		"journal_mode(wal)",
		"synchronous(full)",
		"fullfsync(1)",
		"secure_delete(on)",
		"journal_size_limit(16777216)",
		"cache_size(-4096)",
	)
}

// fileName is the data source name of a file, opened in a mode and with pragmas.
func fileName(path, mode string, pragmas ...string) string {
	q := url.Values{"_pragma": pragmas}
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(abs), RawQuery: mode + "&" + q.Encode()}
	return u.String()
}

func open(ctx context.Context, db *sql.DB, d dialect) (*DB, error) {
	c, err := newConn(ctx, db)
	if err != nil {
		return nil, err
	}
	if err := migrate(c, d); err != nil {
		return nil, errors.Join(err, c.close())
	}
	c.erased = true // by an earlier process, perhaps
	s := &DB{db: db, dialect: d, writer: startWriter(c, d), idle: make(chan *conn, readers)}
	for range readers {
		s.idle <- nil
	}
	return s, nil
}

// migrate refuses a database that is not a server's of a known version, and
// makes the tables in an empty one.
func migrate(c *conn, d dialect) (err error) {
	ctx := context.Background()
	if _, err := c.sql.ExecContext(ctx, d.begin); err != nil {
		return wrap(err)
	}
	defer func() {
		if err != nil {
			_, undo := c.sql.ExecContext(ctx, "ROLLBACK")
			err = errors.Join(err, undo)
		}
	}()
	app, version, found, err := format(c)
	if err != nil {
		return err
	}
	if app != applicationID || version != Version {
		if app != 0 || version != 0 || found != 0 {
			return fmt.Errorf("%w: application %#x, version %d", store.ErrFormat, app, version)
		}
		make := d.schema() + fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, Version)
		if _, err := c.sql.ExecContext(ctx, make); err != nil {
			return wrap(err)
		}
	}
	if _, err := c.sql.ExecContext(ctx, d.write(recoveryTables+retentionTables+closingTables+readMarkTable+pushTables+resetTables+reportTables)); err != nil {
		return wrap(err)
	}
	_, err = c.sql.ExecContext(ctx, "COMMIT")
	return wrap(err)
}

// format reads whose database it is, of which version, and how much is in it.
func format(c *conn) (app, version, found int, err error) {
	for _, q := range []struct {
		text string
		to   *int
	}{
		{"PRAGMA application_id", &app},
		{"PRAGMA user_version", &version},
		{"SELECT count(*) FROM sqlite_schema", &found},
	} {
		if err := c.sql.QueryRowContext(context.Background(), q.text).Scan(q.to); err != nil {
			return 0, 0, 0, wrap(err)
		}
	}
	return app, version, found, nil
}

// Close implements store.Store.
func (s *DB) Close() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.shut {
		return nil
	}
	s.shut = true
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.stop())
	}
	for range readers {
		if c := <-s.idle; c != nil {
			errs = append(errs, c.close())
		}
	}
	return errors.Join(append(errs, s.db.Close())...)
}

// enter begins a call; leave ends it.
func (s *DB) enter(ctx context.Context) (leave func(), err error) {
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

// view runs fn on a snapshot.
func (s *DB) view(ctx context.Context, fn func(*conn) error) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	var c *conn
	select {
	case c = <-s.idle:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.idle <- c }()
	if c == nil {
		if c, err = newConn(ctx, s.db); err != nil {
			return err
		}
	}
	if _, err := c.exec(s.dialect.view); err != nil {
		return err
	}
	defer c.exec("ROLLBACK") // nothing was written
	return fn(c)
}

// update runs fn as a transaction.
func (s *DB) update(ctx context.Context, fn func(*conn) error) error {
	leave, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if s.writer == nil {
		return store.ErrReadOnly
	}
	return s.writer.do(ctx, fn)
}
