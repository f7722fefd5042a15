package sqlstore

import (
	"database/sql"
	"errors"

	"github.com/coffer-chat/coffer/server/store"
)

// linkTables are what linking needs (schema.go).
const linkTables = `
CREATE TABLE link (
	account BYTES NOT NULL,
	mailbox BYTES NOT NULL,
	device BYTES NOT NULL,
	created_ms BIGINT NOT NULL,
	expires_ms BIGINT NOT NULL,
	PRIMARY KEY (account, mailbox)
) CLUSTERED;

CREATE TABLE link_box (
	account BYTES NOT NULL,
	mailbox BYTES NOT NULL,
	number BIGINT NOT NULL,
	box BYTES NOT NULL,
	PRIMARY KEY (account, mailbox, number)
) CLUSTERED;

CREATE INDEX link_expires ON link (expires_ms);
`

func (t accountTx) Links() ([]store.LinkMailbox, error) {
	var out []store.LinkMailbox
	err := t.c.each(`SELECT mailbox, device, created_ms, expires_ms FROM link WHERE account = $1
		ORDER BY created_ms DESC, mailbox`, t.key(), func(rows *sql.Rows) (bool, error) {
		var m store.LinkMailbox
		var id, device []byte
		if err := rows.Scan(&id, &device, &m.CreatedMS, &m.ExpiresMS); err != nil {
			return false, err
		}
		if err := fixed(m.ID[:], id); err != nil {
			return false, err
		}
		err := fixed(m.Device[:], device)
		out = append(out, m)
		return true, err
	})
	return out, err
}

func (t accountTx) LinkBoxes(id [16]byte, from, limit int) ([][]byte, error) {
	return t.blobs(0, `SELECT box FROM link_box WHERE account = $1 AND mailbox = $2 AND number >= $3 ORDER BY number LIMIT $4`,
		t.key(id[:], from, limit)...)
}

func (t accountTx) PutLink(m store.LinkMailbox) error {
	_, err := t.c.exec(`INSERT INTO link (account, mailbox, device, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5)`,
		t.key(m.ID[:], m.Device[:], num(m.CreatedMS), num(m.ExpiresMS))...)
	return err
}

func (t accountTx) PutLinkBox(id [16]byte, number int, box []byte) error {
	_, err := t.c.exec(`INSERT INTO link_box (account, mailbox, number, box) VALUES ($1, $2, $3, $4)`, t.key(id[:], number, box)...)
	return err
}

func (t accountTx) DropLink(id [16]byte) error {
	_, a := t.c.exec(`DELETE FROM link WHERE account = $1 AND mailbox = $2`, t.key(id[:])...)
	_, b := t.c.exec(`DELETE FROM link_box WHERE account = $1 AND mailbox = $2`, t.key(id[:])...)
	return errors.Join(a, b)
}
