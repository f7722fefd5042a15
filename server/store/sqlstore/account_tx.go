package sqlstore

import (
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/server/store"
)

func (t accountTx) Create(a store.Account) error {
	_, err := t.c.exec(`INSERT INTO account (account, handle, created_ms, chain_seq, change, log_seq, log_link,
		log_chain_seq, password_set_ms) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, 0)`,
		t.key(a.Handle, num(a.CreatedMS), num(a.ChainSeq), num(a.Log.Head.Seq), a.Log.Head.Link[:], num(a.Log.ChainSeq))...)
	return err
}

func (t accountTx) AppendChain(seq uint64, entry []byte, roots []store.SealedRoot) error {
	if _, err := t.c.exec(`INSERT INTO chain (account, seq, entry) VALUES ($1, $2, $3)`, t.key(num(seq), entry)...); err != nil {
		return err
	}
	for _, r := range roots {
		if _, err := t.c.exec(`INSERT INTO sealed_root (account, vault_epoch, keyholder, sealed) VALUES ($1, $2, $3, $4)`,
			t.key(num(r.VaultEpoch), r.Keyholder[:], r.Sealed)...); err != nil {
			return err
		}
	}
	return t.c.change(`UPDATE account SET chain_seq = $2, change = change + 1 WHERE account = $1`, t.key(num(seq))...)
}

func (t accountTx) PutSession(s store.Session) error {
	_, err := t.c.exec(`INSERT INTO session (account, hash, keyholder, restricted, created_ms, expires_ms)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		t.key(s.Hash[:], s.Keyholder[:], sessionKind(s), num(s.CreatedMS), num(s.ExpiresMS))...)
	return err
}

func (t accountTx) DropSession(hash [32]byte) error {
	_, err := t.c.exec(`DELETE FROM session WHERE account = $1 AND hash = $2`, t.key(hash[:])...)
	return err
}

func (t accountTx) DropKeyholder(id account.KeyholderID) error {
	_, a := t.c.exec(`DELETE FROM session WHERE account = $1 AND keyholder = $2`, t.key(id[:])...)
	_, b := t.c.exec(`DELETE FROM key_package WHERE account = $1 AND device = $2`, t.key(id[:])...)
	_, c := t.c.exec(`DELETE FROM pin_record WHERE account = $1 AND keyholder = $2`, t.key(id[:])...)
	_, d := t.c.exec(`DELETE FROM cloud_record WHERE account = $1 AND keyholder = $2`, t.key(id[:])...)
	_, e := t.c.exec(`DELETE FROM push_subscription WHERE account = $1 AND device = $2`, t.key(id[:])...)
	return errors.Join(a, b, c, d, e)
}

func (t accountTx) DropPasswordSessions() error {
	none := account.KeyholderID{}
	_, err := t.c.exec(`DELETE FROM session WHERE account = $1 AND keyholder = $2`, t.key(none[:])...)
	return err
}

func (t accountTx) UseNonce(nonce []byte, expiresMS uint64) error {
	_, err := t.c.exec(`INSERT INTO nonce (account, nonce, expires_ms) VALUES ($1, $2, $3)`, t.key(nonce, num(expiresMS))...)
	return err
}

func (t accountTx) SetPassword(p store.Password) error {
	return t.c.change(`UPDATE account SET password_parameters = $2, password_salt = $3, password_verifier = $4,
		password_set_ms = $5
		WHERE account = $1`, t.key(p.Parameters, p.Salt, p.Verifier[:], num(p.SetMS))...)
}

func (t accountTx) PutPinRecord(r store.PinRecord) error {
	_, err := t.c.exec(`INSERT INTO pin_record (account, keyholder, record) VALUES ($1, $2, $3)
		ON CONFLICT (account, keyholder) DO UPDATE SET record = excluded.record`, t.key(r.Keyholder[:], r.Record)...)
	return err
}

func (t accountTx) AppendPrivateLog(first uint64, entries [][]byte, p privatelog.Position) error {
	for i, e := range entries {
		if _, err := t.c.exec(`INSERT INTO private_log (account, seq, entry) VALUES ($1, $2, $3)`,
			t.key(num(first+uint64(i)), e)...); err != nil {
			return err
		}
	}
	return t.c.change(`UPDATE account SET log_seq = $2, log_link = $3, log_chain_seq = $4, change = change + 1
		WHERE account = $1`, t.key(num(p.Head.Seq), p.Head.Link[:], num(p.ChainSeq))...)
}

func (t accountTx) TouchConversation(id convo.ID, seq, activityMS uint64) error {
	if err := t.c.change(`UPDATE account SET change = change + 1 WHERE account = $1
		AND NOT EXISTS (SELECT 1 FROM closing WHERE closing.account = $1)`, t.key()...); err != nil {
		return err
	}
	_, err := t.c.exec(`INSERT INTO account_conversation (account, conversation, change, seq, activity_ms)
		VALUES ($1, $2, (SELECT change FROM account WHERE account = $1), $3, $4)
		ON CONFLICT (account, conversation) DO UPDATE SET change = excluded.change,
			seq = max(seq, excluded.seq), activity_ms = max(activity_ms, excluded.activity_ms)`,
		t.key(id[:], num(seq), num(activityMS))...)
	return err
}

func (t accountTx) Wake() error {
	_, err := t.c.exec(`INSERT INTO account_outbox (account, mark) VALUES ($1, 1)
		ON CONFLICT (account) DO UPDATE SET mark = account_outbox.mark + 1`, t.key()...)
	return err
}
