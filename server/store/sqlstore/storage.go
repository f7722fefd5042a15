package sqlstore

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

func (t accountTx) PrivateLogSize() (n int64, err error) {
	err = t.c.one(`SELECT coalesce(sum(length(entry)), 0) FROM private_log WHERE account = $1`, t.key(), &n)
	return n, err
}

func (t conversationTx) LogSize(own account.ID) (s store.LogSize, err error) {
	const size = `coalesce(length(body), 0) + coalesce(length(header), 0) + coalesce(length(frank), 0)`
	err = t.c.one(`SELECT coalesce(sum(`+size+`), 0), coalesce(sum(CASE WHEN account = $2 THEN `+size+` ELSE 0 END), 0)
		FROM entry WHERE conversation = $1`, t.key(own[:]), &s.All, &s.Own)
	return s, err
}
