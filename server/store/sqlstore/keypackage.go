package sqlstore

import (
	"errors"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

func (t accountTx) KeyPackageCount(device account.KeyholderID) (count, lastResort int, err error) {
	const query = `SELECT count(*) FROM key_package WHERE account = $1 AND device = $2 AND last_resort = $3`
	err = errors.Join(
		t.c.one(query, t.key(device[:], 0), &count),
		t.c.one(query, t.key(device[:], 1), &lastResort))
	return count, lastResort, err
}

func (t accountTx) AddKeyPackages(list []store.KeyPackage) error {
	for _, k := range list {
		if k.LastResort {
			if _, err := t.c.exec(`DELETE FROM key_package
				WHERE account = $1 AND device = $2 AND suite = $3 AND last_resort = 1`,
				t.key(k.Device[:], int(k.Suite))...); err != nil {
				return err
			}
		}
		if _, err := t.c.exec(`INSERT INTO key_package (account, device, suite, last_resort, ref, not_after_ms, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			t.key(k.Device[:], int(k.Suite), flag(k.LastResort), k.Ref[:], num(k.NotAfterMS), k.Data)...); err != nil {
			return err
		}
	}
	return nil
}

// TakeKeyPackage orders by last_resort first, so that one of last resort comes
// only when no other is left; which of the others comes does not matter.
func (t accountTx) TakeKeyPackage(device account.KeyholderID, suite uint16, nowMS uint64) (store.KeyPackage, error) {
	k := store.KeyPackage{Device: device, Suite: suite}
	var ref []byte
	err := t.c.one(`SELECT last_resort, ref, not_after_ms, data FROM key_package
		WHERE account = $1 AND device = $2 AND suite = $3 AND not_after_ms > $4 ORDER BY last_resort, ref LIMIT 1`,
		t.key(device[:], int(suite), num(nowMS)), &k.LastResort, &ref, &k.NotAfterMS, &k.Data)
	if err != nil {
		return store.KeyPackage{}, err
	}
	if err := fixed(k.Ref[:], ref); err != nil || k.LastResort {
		return k, err
	}
	return k, t.c.change(`DELETE FROM key_package
		WHERE account = $1 AND device = $2 AND suite = $3 AND last_resort = 0 AND ref = $4`,
		t.key(device[:], int(suite), ref)...)
}
