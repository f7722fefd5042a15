package storetest

import (
	"errors"
	"reflect"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// testRetention: messages of epochs without a deposit are found once every leaf has
// them, and only once.
func testRetention(s *suite) {
	phone, tablet := store.Device{Account: id(1), Device: holder(1)}, store.Device{Account: id(2), Device: holder(2)}
	kept, other := entry(1, "a"), entry(4, "d")
	kept.Epoch = 1
	other.Kind = convo.EntryCommit
	later := []store.Entry{entry(2, "b"), entry(3, "c"), other, entry(5, "e")}
	s.conversation(1, func(tx store.ConversationTx) error {
		errs := []error{tx.Append(kept), tx.PutEpoch(store.Epoch{Generation: 1, Epoch: 1}, []store.Deposit{{Account: id(1), Sealed: []byte("x")}}), tx.PutEpoch(store.Epoch{Generation: 1, Epoch: 2}, nil)}
		for _, e := range later {
			e.Epoch = 2
			errs = append(errs, tx.Append(e))
		}
		return errors.Join(append(errs, tx.PutLeaf(phone), tx.PutLeaf(tablet), tx.PutStored(phone, 5))...)
	})
	s.reopen()
	all := func(want uint64) {
		s.Helper()
		s.conversation(1, func(tx store.ConversationTx) error {
			got, err := tx.StoredByAll()
			if got != want {
				s.Errorf("all devices have %d, want %d", got, want)
			}
			return err
		})
	}
	finds := func(to uint64, limit int, want ...uint64) {
		s.Helper()
		s.conversation(1, func(tx store.ConversationTx) error {
			got, err := tx.Undeposited(to, limit)
			if !reflect.DeepEqual(got, want) {
				s.Errorf("found %v, want %v", got, want)
			}
			return err
		})
	}
	all(0) // the tablet has said nothing
	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(tx.PutStored(tablet, 4), tx.PutStored(tablet, 3))
	})
	all(4)
	finds(4, 10, 2, 3)
	finds(9, 2, 2, 3)
	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(tx.Erase(2, []byte("header"), hash(1)), tx.Dropped(2), tx.Dropped(1))
	})
	finds(9, 10, 3, 5)
	s.seeConversation(1, func(v store.ConversationView) error {
		got, err := v.StoredBy(id(2))
		if want := map[account.KeyholderID]uint64{holder(2): 4}; !reflect.DeepEqual(got, want) {
			s.Errorf("stored by the second account: %v", got)
		}
		return err
	})
	s.conversation(1, func(tx store.ConversationTx) error { return errors.Join(tx.DropLeaf(tablet), tx.Dropped(4)) })
	all(5)
	finds(9, 10, 5)
}
