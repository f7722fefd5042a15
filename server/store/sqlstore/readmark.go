package sqlstore

import (
	"database/sql"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// readMarkTable is made where it is not there: it came after the others.
const readMarkTable = `
CREATE TABLE IF NOT EXISTS read_mark (
	conversation BYTES NOT NULL,
	account BYTES NOT NULL,
	message BYTES NOT NULL,
	PRIMARY KEY (conversation, account)
) CLUSTERED;
`

func (t conversationTx) ReadMarks() (out []store.ReadMark, err error) {
	err = t.c.each(`SELECT account, message FROM read_mark WHERE conversation = $1 ORDER BY account`, t.key(),
		func(rows *sql.Rows) (bool, error) {
			var m store.ReadMark
			var id []byte
			if err := rows.Scan(&id, &m.Message); err != nil {
				return false, err
			}
			err := fixed(m.Account[:], id)
			out = append(out, m)
			return true, err
		})
	return out, err
}

func (t conversationTx) PutReadMark(m store.ReadMark) error {
	if len(m.Message) == 0 {
		return t.dropReadMark(m.Account)
	}
	_, err := t.c.exec(`INSERT INTO read_mark (conversation, account, message) VALUES ($1, $2, $3)
		ON CONFLICT (conversation, account) DO UPDATE SET message = excluded.message`, t.key(m.Account[:], m.Message)...)
	return err
}

func (t conversationTx) dropReadMark(id account.ID) error {
	n, err := t.c.exec(`DELETE FROM read_mark WHERE conversation = $1 AND account = $2`, t.key(id[:])...)
	t.c.erased = t.c.erased || n > 0
	return err
}
