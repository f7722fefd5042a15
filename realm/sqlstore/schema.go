package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/coffer-chat/coffer/realm"
)

// applicationID marks a SQLite file as a realm's ("Cofr").
const applicationID = 0x436f6672

// formatVersion is SQLite's user_version of the file.
//
//	1: the first
const formatVersion = 1

// A row's version comes from one counter for the whole file, so that it differs
// even from that of a deleted row. Due times have a partial index: nearly no row
// has one.
const schema = `
CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
INSERT INTO counter VALUES (1, 0);
CREATE TABLE rows (
	key     BLOB PRIMARY KEY,
	version INTEGER NOT NULL,
	due     INTEGER,
	value   BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX rows_due ON rows (due) WHERE due IS NOT NULL;
CREATE TABLE log (
	key   BLOB NOT NULL,
	seq   INTEGER NOT NULL,
	entry BLOB NOT NULL,
	PRIMARY KEY (key, seq)
) WITHOUT ROWID;
`

// prepare creates the tables of a new file, or checks that the file is ours.
func prepare(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var id, version, tables int64
	for query, into := range map[string]*int64{
		"PRAGMA application_id":              &id,
		"PRAGMA user_version":                &version,
		"SELECT count(*) FROM sqlite_master": &tables,
	} {
		if err := tx.QueryRowContext(ctx, query).Scan(into); err != nil {
			return err
		}
	}
	if id == applicationID && version == formatVersion {
		return nil
	}
	if id != 0 || version != 0 || tables != 0 {
		return realm.ErrFormat
	}
	statements := schema + fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, formatVersion)
	if _, err := tx.ExecContext(ctx, statements); err != nil {
		return err
	}
	return tx.Commit()
}
