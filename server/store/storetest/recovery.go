package storetest

import (
	"errors"
	"reflect"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// testCloudRecords: they belong to one account, are replaced, and go with their
// keyholder.
func testCloudRecords(s *suite) {
	s.create(1)
	s.create(2)
	want := []store.CloudRecord{{Keyholder: holder(1), Record: []byte("newer")}, {Keyholder: holder(2), Record: []byte("two")}}
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(
			tx.PutCloudRecord(store.CloudRecord{Keyholder: holder(2), Record: []byte("two")}),
			tx.PutCloudRecord(store.CloudRecord{Keyholder: holder(1), Record: []byte("one")}),
			tx.PutCloudRecord(want[0]))
	})
	s.account(2, func(tx store.AccountTx) error {
		return tx.PutCloudRecord(store.CloudRecord{Keyholder: holder(1), Record: []byte("another's")})
	})
	s.reopen()
	sees := func(want []store.CloudRecord) {
		s.Helper()
		s.seeAccount(1, func(v store.AccountView) error {
			got, err := v.CloudRecords()
			if !reflect.DeepEqual(got, want) {
				s.Errorf("cloud records %v, want %v", got, want)
			}
			return err
		})
	}
	sees(want)
	s.account(1, func(tx store.AccountTx) error { return tx.DropKeyholder(account.KeyholderID(holder(1))) })
	sees(want[1:])
	s.seeAccount(2, func(v store.AccountView) error {
		got, err := v.CloudRecords()
		if len(got) != 1 {
			s.Errorf("the other account's records: %v", got)
		}
		return err
	})
}
