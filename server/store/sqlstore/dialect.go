package sqlstore

import "strings"

// dialect is what differs between databases. Statements use $1, $2, … for
// parameters, ON CONFLICT for upserts, and the type names below.
type dialect struct {
	bytes     string // type of byte strings
	integer   string // type of 64-bit integers
	clustered string // what follows a table whose rows lie in key order
	begin     string // begins a transaction that writes
	view      string // begins one that reads from a snapshot
	// scrub takes from disk what was erased but lies there still, "" where there
	// is nothing to do; impatient and patient say how long it waits for others.
	scrub, impatient, patient string
}

var sqlite = dialect{
	bytes: "BLOB", integer: "INTEGER", clustered: "WITHOUT ROWID",
	begin: "BEGIN IMMEDIATE", view: "BEGIN",
	scrub: "PRAGMA wal_checkpoint(TRUNCATE)", impatient: "PRAGMA busy_timeout(100)", patient: "PRAGMA busy_timeout(10000)",
}

// schema returns the statements that make the tables.
func (d dialect) schema() string { return d.write(tables + linkTables) }

// write puts the names of this dialect into statements.
func (d dialect) write(statements string) string {
	return strings.NewReplacer("BYTES", d.bytes, "BIGINT", d.integer, ") CLUSTERED", ") "+d.clustered).Replace(statements)
}
