package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/coffer-chat/coffer/realm"
)

// Store is a realm.Store in one SQLite file.
type Store struct{ db *sql.DB }

// Open opens the database file at path, creating it, readable by its owner only,
// if there is none. It returns realm.ErrFormat for a file of another kind or of
// a later version.
func Open(ctx context.Context, path string) (*Store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	query := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "trusted_schema(OFF)"},
	}
	// SQLite reads %, ? and # in the path of a URI.
	name := (&url.URL{Path: path}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+name+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("sqlstore: %w", err)
	}
	// One connection: there is one writer at a time anyway, and reads are short.
	db.SetMaxOpenConns(1)
	if err := prepare(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("sqlstore: open: %w", err)
	}
	return &Store{db}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Get implements realm.Store.
func (s *Store) Get(ctx context.Context, key realm.Key) (realm.Row, error) {
	var r realm.Row
	err := s.db.QueryRowContext(ctx, "SELECT version, value FROM rows WHERE key = ?", key[:]).Scan(&r.Version, &r.Value)
	if errors.Is(err, sql.ErrNoRows) {
		return realm.Row{}, realm.ErrNotFound
	}
	if err != nil {
		return realm.Row{}, fmt.Errorf("sqlstore: get: %w", err)
	}
	if r.Value == nil {
		r.Value = []byte{} // the driver's form of an empty blob
	}
	return r, nil
}

// Apply implements realm.Store.
func (s *Store) Apply(ctx context.Context, c realm.Change) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlstore: apply: %w", err)
	}
	defer tx.Rollback()
	if err := apply(ctx, tx, c); err != nil {
		if errors.Is(err, realm.ErrConflict) {
			return err
		}
		return fmt.Errorf("sqlstore: apply: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlstore: commit: %w", err)
	}
	if c.Erases {
		// The old page is still in the write-ahead log. The change itself is
		// durable, so a checkpoint that cannot be had now is not its failure.
		_, _ = s.db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return nil
}

func apply(ctx context.Context, tx *sql.Tx, c realm.Change) error {
	var current uint64
	err := tx.QueryRowContext(ctx, "SELECT version FROM rows WHERE key = ?", c.Key[:]).Scan(&current)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if current != c.Version {
		return realm.ErrConflict
	}
	if c.Value == nil {
		if _, err := tx.ExecContext(ctx, "DELETE FROM log WHERE key = ?", c.Key[:]); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM rows WHERE key = ?", c.Key[:])
		return err
	}
	var version uint64
	if err := tx.QueryRowContext(ctx, "UPDATE counter SET version = version + 1 RETURNING version").Scan(&version); err != nil {
		return err
	}
	var due any
	if !c.Due.IsZero() {
		due = c.Due.UnixMilli()
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO rows (key, version, due, value) VALUES (?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET version = excluded.version, due = excluded.due, value = excluded.value`,
		c.Key[:], version, due, c.Value); err != nil {
		return err
	}
	return appendLog(ctx, tx, c)
}

func appendLog(ctx context.Context, tx *sql.Tx, c realm.Change) error {
	for i, entry := range c.Log {
		seq := c.LogSeq - uint64(len(c.Log)-1-i)
		if _, err := tx.ExecContext(ctx, "INSERT INTO log (key, seq, entry) VALUES (?, ?, ?)", c.Key[:], seq, entry); err != nil {
			return err
		}
	}
	if len(c.Log) == 0 || c.LogKept <= 0 || c.LogSeq <= uint64(c.LogKept) {
		return nil
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM log WHERE key = ? AND seq <= ?", c.Key[:], c.LogSeq-uint64(c.LogKept))
	return err
}

// Log implements realm.Store.
func (s *Store) Log(ctx context.Context, key realm.Key, from uint64, limit int) ([][]byte, error) {
	from = min(from, 1<<62) // SQLite's integers are signed
	return collect[[]byte](ctx, s.db, "SELECT entry FROM log WHERE key = ? AND seq >= ? ORDER BY seq LIMIT ?", key[:], from, limit)
}

// Due implements realm.Store.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]realm.Key, error) {
	keys, err := collect[[]byte](ctx, s.db, "SELECT key FROM rows WHERE due <= ? LIMIT ?", now.UnixMilli(), limit)
	out := make([]realm.Key, 0, len(keys))
	for _, k := range keys {
		if len(k) != len(realm.Key{}) {
			return nil, realm.ErrFormat
		}
		out = append(out, realm.Key(k))
	}
	return out, err
}

// collect returns the one column of a query.
func collect[T any](ctx context.Context, db *sql.DB, query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: query: %w", err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, fmt.Errorf("sqlstore: query: %w", err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("sqlstore: query: %w", err)
	}
	return out, nil
}
