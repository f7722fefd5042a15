package sqlstore

import (
	"database/sql"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// pushTables are made where they are not there: they came after the others.
const pushTables = `
CREATE TABLE IF NOT EXISTS push_subscription (
	account BYTES NOT NULL,
	device BYTES NOT NULL,
	endpoint TEXT NOT NULL,
	PRIMARY KEY (account, device)
) CLUSTERED;
`

func (t accountTx) PushSubscriptions() ([]store.PushSubscription, error) {
	var out []store.PushSubscription
	err := t.c.each(`SELECT device, endpoint FROM push_subscription WHERE account = $1 ORDER BY device`, t.key(),
		func(rows *sql.Rows) (bool, error) {
			var p store.PushSubscription
			var device []byte
			if err := rows.Scan(&device, &p.Endpoint); err != nil {
				return false, err
			}
			err := fixed(p.Device[:], device)
			out = append(out, p)
			return true, err
		})
	return out, err
}

func (t accountTx) PutPushSubscription(p store.PushSubscription) error {
	_, err := t.c.exec(`INSERT INTO push_subscription (account, device, endpoint) VALUES ($1, $2, $3)
		ON CONFLICT (account, device) DO UPDATE SET endpoint = excluded.endpoint`, t.key(p.Device[:], p.Endpoint)...)
	return err
}

func (t accountTx) DropPushSubscription(device account.KeyholderID, endpoint string) error {
	_, err := t.c.exec(`DELETE FROM push_subscription WHERE account = $1 AND device = $2 AND ($3 = '' OR endpoint = $3)`,
		t.key(device[:], endpoint)...)
	return err
}

func (t conversationTx) Recent(limit int) ([]store.RecentEntry, error) {
	var out []store.RecentEntry
	err := t.c.each(`SELECT seq, kind, purpose, account FROM entry WHERE conversation = $1 ORDER BY seq DESC LIMIT $2`, t.key(limit),
		func(rows *sql.Rows) (bool, error) {
			var e store.RecentEntry
			var id []byte
			if err := rows.Scan(&e.Seq, &e.Kind, &e.Purpose, &id); err != nil {
				return false, err
			}
			err := fixed(e.Account[:], id)
			out = append(out, e)
			return true, err
		})
	return out, err
}
