package sqlstore

import (
	"context"
	"database/sql"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// InvitesUsedBy implements store.Store. It looks at all invitations, of which
// there are few.
func (s *DB) InvitesUsedBy(ctx context.Context, id account.ID) (out []store.Invite, err error) {
	err = s.view(ctx, func(c *conn) error {
		out = nil
		return c.each(`SELECT created_ms FROM invite WHERE account = $1 ORDER BY created_ms`, []any{id[:]},
			func(rows *sql.Rows) (bool, error) {
				var i store.Invite
				err := rows.Scan(&i.CreatedMS)
				out = append(out, i)
				return true, err
			})
	})
	return out, err
}

func (t accountTx) KeyPackages() ([]store.KeyPackage, error) {
	var out []store.KeyPackage
	err := t.c.each(`SELECT device, suite, last_resort, ref, not_after_ms, data FROM key_package WHERE account = $1
		ORDER BY device, suite, last_resort, ref`, t.key(), func(rows *sql.Rows) (bool, error) {
		var k store.KeyPackage
		var device, ref []byte
		if err := rows.Scan(&device, &k.Suite, &k.LastResort, &ref, &k.NotAfterMS, &k.Data); err != nil {
			return false, err
		}
		if err := fixed(k.Device[:], device); err != nil {
			return false, err
		}
		err := fixed(k.Ref[:], ref)
		out = append(out, k)
		return true, err
	})
	return out, err
}

func (t accountTx) NonceCount() (n int, err error) {
	err = t.c.one(`SELECT count(*) FROM nonce WHERE account = $1`, t.key(), &n)
	return n, err
}

func (t conversationTx) Posted(id account.ID, from uint64, limit int) ([]store.Posted, error) {
	var out []store.Posted
	err := t.c.each(`SELECT seq, kind, purpose, device, accepted_ms, coalesce(target, 0), coalesce(erase_ms, 0),
		coalesce(length(body), 0), length(link) + coalesce(length(idempotency), 0) + coalesce(length(frank), 0)
			+ coalesce(length(header), 0) + coalesce(length(body_hash), 0), body IS NULL
		FROM entry WHERE conversation = $1 AND account = $2 AND seq >= $3 ORDER BY seq LIMIT $4`,
		t.key(id[:], num(from), limit), func(rows *sql.Rows) (bool, error) {
			var p store.Posted
			var device []byte
			if err := rows.Scan(&p.Seq, &p.Kind, &p.Purpose, &device, &p.AcceptedMS, &p.Target, &p.EraseMS,
				&p.BodyBytes, &p.RestBytes, &p.Erased); err != nil {
				return false, err
			}
			err := fixed(p.Device[:], device)
			out = append(out, p)
			return true, err
		})
	return out, err
}

func (t conversationTx) DepositTotals(id account.ID) (d store.DepositTotals, err error) {
	err = t.c.one(`SELECT count(*), count(repaired), coalesce(sum(length(sealed) + coalesce(length(repaired), 0)
		+ coalesce(length(repaired_by), 0)), 0) FROM deposit WHERE conversation = $1 AND account = $2`,
		t.key(id[:]), &d.Count, &d.Repaired, &d.Bytes)
	return d, err
}

func (t conversationTx) ReleasedBy(id account.ID) (out []uint64, err error) {
	err = t.c.each(`SELECT seq FROM released WHERE conversation = $1 AND account = $2 ORDER BY seq`, t.key(id[:]),
		func(rows *sql.Rows) (bool, error) {
			var seq uint64
			err := rows.Scan(&seq)
			out = append(out, seq)
			return true, err
		})
	return out, err
}
