package sqlstore

import (
	"database/sql"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

func (t conversationTx) Group() (store.Group, error) {
	var g store.Group
	err := t.c.one(`SELECT generation, epoch, state, group_info, head_table, record, seq FROM group_state WHERE conversation = $1`,
		t.key(), &g.Generation, &g.Epoch, &g.State, &g.GroupInfo, &g.HeadTable, &g.Record, &g.Seq)
	return g, err
}

func (t conversationTx) SetGroup(g store.Group) error {
	_, err := t.c.exec(`INSERT INTO group_state (conversation, generation, epoch, state, group_info, head_table, record, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (conversation) DO UPDATE SET generation = excluded.generation,
		epoch = excluded.epoch, state = excluded.state, group_info = excluded.group_info, head_table = excluded.head_table,
		record = excluded.record, seq = excluded.seq`,
		t.key(int64(g.Generation), num(g.Epoch), bin(g.State), bin(g.GroupInfo), bin(g.HeadTable), bin(g.Record), num(g.Seq))...)
	return err
}

func (t conversationTx) Epochs(generation uint32, from uint64, limit, maxBytes int) ([]store.Epoch, error) {
	var out []store.Epoch
	size := 0
	err := t.c.each(`SELECT generation, epoch, seq, head_table, record, signature, leaves FROM epoch
		WHERE conversation = $1 AND generation = $2 AND epoch >= $3 ORDER BY epoch LIMIT $4`,
		t.key(int64(generation), num(from), limit), func(rows *sql.Rows) (bool, error) {
			var e store.Epoch
			if err := rows.Scan(&e.Generation, &e.Epoch, &e.Seq, &e.HeadTable, &e.Record, &e.Signature, &e.Leaves); err != nil {
				return false, err
			}
			if size += len(e.HeadTable) + len(e.Record); size > maxBytes && len(out) > 0 {
				return false, nil
			}
			out = append(out, e)
			return true, nil
		})
	return out, err
}

func (t conversationTx) PutEpoch(e store.Epoch, deposits []store.Deposit) error {
	if _, err := t.c.exec(`INSERT INTO epoch (conversation, generation, epoch, seq, head_table, record, signature, leaves)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		t.key(int64(e.Generation), num(e.Epoch), num(e.Seq), bin(e.HeadTable), bin(e.Record), bin(e.Signature), bin(e.Leaves))...); err != nil {
		return err
	}
	for _, d := range deposits {
		if _, err := t.c.exec(`INSERT INTO deposit (conversation, generation, epoch, account, idx, vault_epoch, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			t.key(int64(e.Generation), num(e.Epoch), d.Account[:], int64(d.Index), num(d.VaultEpoch), bin(d.Sealed))...); err != nil {
			return err
		}
	}
	return nil
}

const depositColumns = `SELECT account, idx, vault_epoch, sealed, repaired, repaired_by FROM deposit
	WHERE conversation = $1 AND generation = $2 AND epoch = $3 `

func (t conversationTx) deposits(query string, args []any) ([]store.Deposit, error) {
	var out []store.Deposit
	err := t.c.each(query, args, func(rows *sql.Rows) (bool, error) {
		var d store.Deposit
		var id []byte
		if err := rows.Scan(&id, &d.Index, &d.VaultEpoch, &d.Sealed, &d.Repaired, &d.RepairedBy); err != nil {
			return false, err
		}
		err := fixed(d.Account[:], id)
		out = append(out, d)
		return true, err
	})
	return out, err
}

func (t conversationTx) Deposits(generation uint32, epoch uint64) ([]store.Deposit, error) {
	return t.deposits(depositColumns+`ORDER BY idx`, t.key(int64(generation), num(epoch)))
}

func (t conversationTx) Deposit(generation uint32, epoch uint64, id account.ID) (store.Deposit, error) {
	list, err := t.deposits(depositColumns+`AND account = $4`, t.key(int64(generation), num(epoch), id[:]))
	if err != nil {
		return store.Deposit{}, err
	}
	if len(list) == 0 {
		return store.Deposit{}, store.ErrNotFound
	}
	return list[0], nil
}

func (t conversationTx) RepairDeposit(generation uint32, epoch uint64, d store.Deposit) error {
	return t.c.change(`UPDATE deposit SET repaired = $5, repaired_by = $6
		WHERE conversation = $1 AND generation = $2 AND epoch = $3 AND account = $4`,
		t.key(int64(generation), num(epoch), d.Account[:], bin(d.Repaired), bin(d.RepairedBy))...)
}

func (t conversationTx) PutWelcome(w store.Welcome, to []store.Device, nowMS uint64) error {
	if _, err := t.c.exec(`INSERT INTO welcome (conversation, generation, epoch, created_ms, welcome, tree)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		t.key(int64(w.Generation), num(w.Epoch), num(nowMS), bin(w.Welcome), bin(w.Tree))...); err != nil {
		return err
	}
	for _, d := range to {
		if _, err := t.c.exec(`INSERT INTO welcome_to (conversation, account, device, generation, epoch)
			VALUES ($1, $2, $3, $4, $5) ON CONFLICT (conversation, account, device) DO UPDATE SET
			generation = excluded.generation, epoch = excluded.epoch`,
			t.key(d.Account[:], d.Device[:], int64(w.Generation), num(w.Epoch))...); err != nil {
			return err
		}
	}
	return nil
}

func (t conversationTx) Welcome(to store.Device) (store.Welcome, error) {
	var w store.Welcome
	err := t.c.one(`SELECT w.generation, w.epoch, w.welcome, w.tree FROM welcome_to AS d JOIN welcome AS w
		ON w.conversation = d.conversation AND w.generation = d.generation AND w.epoch = d.epoch
		WHERE d.conversation = $1 AND d.account = $2 AND d.device = $3`,
		t.key(to.Account[:], to.Device[:]), &w.Generation, &w.Epoch, &w.Welcome, &w.Tree)
	return w, err
}
