package sqlstore

import (
	"database/sql"

	"github.com/coffer-chat/coffer/server/store"
)

// recoveryTables are made where they are not there: they came after the others.
const recoveryTables = `
CREATE TABLE IF NOT EXISTS cloud_record (
	account BYTES NOT NULL,
	keyholder BYTES NOT NULL,
	record BYTES NOT NULL,
	PRIMARY KEY (account, keyholder)
) CLUSTERED;
`

func (t accountTx) CloudRecords() ([]store.CloudRecord, error) {
	var out []store.CloudRecord
	err := t.c.each(`SELECT keyholder, record FROM cloud_record WHERE account = $1 ORDER BY keyholder`, t.key(),
		func(rows *sql.Rows) (bool, error) {
			var r store.CloudRecord
			var k []byte
			if err := rows.Scan(&k, &r.Record); err != nil {
				return false, err
			}
			err := fixed(r.Keyholder[:], k)
			out = append(out, r)
			return true, err
		})
	return out, err
}

func (t accountTx) PutCloudRecord(r store.CloudRecord) error {
	_, err := t.c.exec(`INSERT INTO cloud_record (account, keyholder, record) VALUES ($1, $2, $3)
		ON CONFLICT (account, keyholder) DO UPDATE SET record = excluded.record`, t.key(r.Keyholder[:], r.Record)...)
	return err
}
