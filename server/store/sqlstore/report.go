package sqlstore

import (
	"context"
	"database/sql"

	"github.com/coffer-chat/coffer/server/store"
)

// reportTables are made where they are not there: they came after the others. The
// index leads with a time, because moderators and the sweeper look across accounts.
const reportTables = `
CREATE TABLE IF NOT EXISTS report (
	account BYTES NOT NULL,
	id BYTES NOT NULL,
	filed_ms BIGINT NOT NULL,
	data BYTES NOT NULL,
	PRIMARY KEY (account, id)
) CLUSTERED;
CREATE INDEX IF NOT EXISTS report_filed ON report (filed_ms, account, id);
`

// filed reads rows of reports without their data.
func (c *conn) filed(query string, args ...any) (out []store.FiledReport, err error) {
	err = c.each(query, args, func(rows *sql.Rows) (bool, error) {
		var f store.FiledReport
		var owner, id []byte
		if err := rows.Scan(&owner, &id, &f.FiledMS, &f.Bytes); err != nil {
			return false, err
		}
		if err := fixed(f.Account[:], owner); err != nil {
			return false, err
		}
		err := fixed(f.ID[:], id)
		out = append(out, f)
		return true, err
	})
	return out, err
}

func (t accountTx) Reports() ([]store.FiledReport, error) {
	return t.c.filed(`SELECT account, id, filed_ms, length(data) FROM report WHERE account = $1 ORDER BY filed_ms, id`, t.key()...)
}

func (t accountTx) Report(id [16]byte) (store.Report, error) {
	r := store.Report{ID: id}
	err := t.c.one(`SELECT filed_ms, data FROM report WHERE account = $1 AND id = $2`, t.key(id[:]), &r.FiledMS, &r.Data)
	return r, err
}

func (t accountTx) PutReport(r store.Report) error {
	_, err := t.c.exec(`INSERT INTO report (account, id, filed_ms, data) VALUES ($1, $2, $3, $4)`,
		t.key(r.ID[:], num(r.FiledMS), bin(r.Data))...)
	return err
}

func (t accountTx) DropReport(id [16]byte) (bool, error) {
	t.c.erased = true
	n, err := t.c.exec(`DELETE FROM report WHERE account = $1 AND id = $2`, t.key(id[:])...)
	return n > 0, err
}

// ReportsAfter implements store.Store.
func (s *DB) ReportsAfter(ctx context.Context, after store.FiledReport, limit int) (out []store.FiledReport, err error) {
	err = s.view(ctx, func(c *conn) error {
		out, err = c.filed(`SELECT account, id, filed_ms, length(data) FROM report WHERE (filed_ms, account, id) > ($1, $2, $3)
			ORDER BY filed_ms, account, id LIMIT $4`, num(after.FiledMS), after.Account[:], after.ID[:], limit)
		return err
	})
	return out, err
}
