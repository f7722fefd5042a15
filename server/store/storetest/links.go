package storetest

import (
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/server/store"
)

func testLinks(s *suite) {
	s.create(1)
	s.create(2)
	box := func(n byte) [16]byte { return [16]byte{0: n} }
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(
			tx.PutLink(store.LinkMailbox{ID: box(1), Device: holder(1), CreatedMS: 10, ExpiresMS: 100}),
			tx.PutLink(store.LinkMailbox{ID: box(2), Device: holder(2), CreatedMS: 20, ExpiresMS: 200}),
			tx.PutLinkBox(box(1), 1, []byte("a")), tx.PutLinkBox(box(2), 1, []byte("b")), tx.PutLinkBox(box(2), 2, []byte("c")))
	})
	s.account(2, func(tx store.AccountTx) error {
		return errors.Join(tx.PutLink(store.LinkMailbox{ID: box(1), Device: holder(1), CreatedMS: 10, ExpiresMS: 300}),
			tx.PutLinkBox(box(1), 1, []byte("another account's")))
	})
	again := func(f func(store.AccountTx) error) { s.is(s.store.UpdateAccount(s.ctx(), id(1), f), store.ErrExists) }
	again(func(tx store.AccountTx) error { return tx.PutLink(store.LinkMailbox{ID: box(1)}) })
	again(func(tx store.AccountTx) error { return tx.PutLinkBox(box(2), 2, []byte("x")) })
	s.reopen()
	see := func(n byte, want string) {
		s.Helper()
		s.seeAccount(n, func(v store.AccountView) error {
			list, err := v.Links()
			got := ""
			for _, m := range list {
				boxes, err := v.LinkBoxes(m.ID, 1, 10)
				s.ok(err)
				got += fmt.Sprintf("%d %d-%d %q;", m.ID[0], m.CreatedMS, m.ExpiresMS, boxes)
			}
			if got != want {
				s.Errorf("account %d has %s, want %s", n, got, want)
			}
			return err
		})
	}
	see(1, `2 20-200 ["b" "c"];1 10-100 ["a"];`)
	s.seeAccount(1, func(v store.AccountView) error {
		list, err := v.LinkBoxes(box(2), 2, 10)
		if len(list) != 1 || string(list[0]) != "c" {
			s.Errorf("from the second: %q", list)
		}
		first, err2 := v.LinkBoxes(box(2), 1, 1)
		if len(first) != 1 || string(first[0]) != "b" {
			s.Errorf("the first: %q", first)
		}
		return errors.Join(err, err2)
	})
	s.ok(s.store.Expire(s.ctx(), 100, 0))
	see(1, `2 20-200 ["b" "c"];`)
	s.account(1, func(tx store.AccountTx) error { return errors.Join(tx.DropLink(box(2)), tx.DropLink(box(3))) })
	see(1, ``)
	s.account(1, func(tx store.AccountTx) error { return tx.PutLink(store.LinkMailbox{ID: box(2), ExpiresMS: 1}) })
	see(1, `2 0-1 [];`)
	see(2, `1 10-300 ["another account's"];`)
}
