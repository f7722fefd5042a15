package sqlstore

import (
	"database/sql"
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// retentionTables are made where they are not there: they came after the others.
const retentionTables = `
CREATE TABLE IF NOT EXISTS stored (
	conversation BYTES NOT NULL,
	account BYTES NOT NULL,
	device BYTES NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (conversation, account, device)
) CLUSTERED;

CREATE TABLE IF NOT EXISTS dropped (
	conversation BYTES NOT NULL PRIMARY KEY,
	seq BIGINT NOT NULL
) CLUSTERED;
`

func (t conversationTx) PutStored(d store.Device, seq uint64) error {
	_, err := t.c.exec(`INSERT INTO stored (conversation, account, device, seq) VALUES ($1, $2, $3, $4)
		ON CONFLICT (conversation, account, device) DO UPDATE SET seq = max(stored.seq, excluded.seq)`,
		t.key(d.Account[:], d.Device[:], num(seq))...)
	return err
}

func (t conversationTx) StoredByAll() (n uint64, err error) {
	err = t.c.one(`SELECT coalesce(min(coalesce(s.seq, 0)), 0) FROM leaf AS l LEFT JOIN stored AS s
		ON s.conversation = l.conversation AND s.account = l.account AND s.device = l.device
		WHERE l.conversation = $1`, t.key(), &n)
	return n, err
}

func (t conversationTx) Undeposited(to uint64, limit int) (out []uint64, err error) {
	var from uint64
	err = t.c.one(`SELECT seq FROM dropped WHERE conversation = $1`, t.key(), &from)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	err = t.c.each(`SELECT e.seq FROM entry AS e WHERE e.conversation = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind = $4
		AND e.body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM deposit AS d WHERE d.conversation = e.conversation
			AND d.generation = e.generation AND d.epoch = e.epoch)
		ORDER BY e.seq LIMIT $5`,
		t.key(num(from), num(to), int(convo.EntryMessage), limit), func(rows *sql.Rows) (bool, error) {
			var seq uint64
			err := rows.Scan(&seq)
			out = append(out, seq)
			return true, err
		})
	return out, err
}

func (t conversationTx) Dropped(to uint64) error {
	_, err := t.c.exec(`INSERT INTO dropped (conversation, seq) VALUES ($1, $2)
		ON CONFLICT (conversation) DO UPDATE SET seq = max(dropped.seq, excluded.seq)`, t.key(num(to))...)
	return err
}

func (t conversationTx) StoredBy(id account.ID) (map[account.KeyholderID]uint64, error) {
	out := map[account.KeyholderID]uint64{}
	err := t.c.each(`SELECT device, seq FROM stored WHERE conversation = $1 AND account = $2`, t.key(id[:]),
		func(rows *sql.Rows) (bool, error) {
			var b []byte
			var seq uint64
			if err := rows.Scan(&b, &seq); err != nil {
				return false, err
			}
			var device account.KeyholderID
			err := fixed(device[:], b)
			out[device] = seq
			return true, err
		})
	return out, err
}
