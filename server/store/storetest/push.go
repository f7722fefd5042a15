package storetest

import (
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// testPush: a subscription belongs to one device of one account, is replaced, and
// goes with its device and with its account.
func testPush(s *suite) {
	s.create(1)
	s.create(2)
	at := func(n byte, endpoint string) store.PushSubscription {
		return store.PushSubscription{Device: holder(n), Endpoint: endpoint}
	}
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.PutPushSubscription(at(2, "https://push.example/2")), tx.PutPushSubscription(at(1, "https://push.example/old")),
			tx.PutPushSubscription(at(1, "https://push.example/1")), tx.PutPushSubscription(at(3, "https://push.example/3")))
	})
	s.account(2, func(tx store.AccountTx) error { return tx.PutPushSubscription(at(1, "https://push.example/another's")) })
	s.reopen()
	see := func(n byte, want ...store.PushSubscription) {
		s.Helper()
		s.seeAccount(n, func(v store.AccountView) error {
			got, err := v.PushSubscriptions()
			if !slices.Equal(got, want) {
				s.Errorf("account %d has %v, want %v", n, got, want)
			}
			return err
		})
	}
	first, second := at(1, "https://push.example/1"), at(2, "https://push.example/2")
	see(1, first, second, at(3, "https://push.example/3"))
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.DropPushSubscription(holder(1), "https://push.example/old"), // replaced meanwhile
			tx.DropPushSubscription(holder(3), "https://push.example/3"), tx.DropPushSubscription(holder(9), ""))
	})
	see(1, first, second)
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.DropKeyholder(holder(2)), tx.DropPushSubscription(holder(1), ""))
	})
	see(1)
	s.account(1, func(tx store.AccountTx) error { return tx.PutPushSubscription(first) })
	s.account(1, func(tx store.AccountTx) error {
		_, err := tx.EraseAccount()
		return err
	})
	see(1)
	see(2, at(1, "https://push.example/another's"))
}

// testRecent: the newest entries of one log, and whose they are.
func testRecent(s *suite) {
	first, second, third := entry(1, "a"), entry(2, "b"), entry(3, "c")
	second.Kind, second.Purpose = convo.EntryMessage, convo.PurposeEdit
	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(tx.Append(first), tx.Append(second), tx.Append(third))
	})
	s.conversation(2, func(tx store.ConversationTx) error { return tx.Append(first) })
	s.reopen()
	s.seeConversation(1, func(v store.ConversationView) error {
		got, err := v.Recent(2)
		want := []store.RecentEntry{
			{Seq: 3, Kind: third.Kind, Purpose: third.Purpose, Account: third.Sender.Account},
			{Seq: 2, Kind: convo.EntryMessage, Purpose: convo.PurposeEdit, Account: second.Sender.Account},
		}
		if !slices.Equal(got, want) {
			s.Errorf("got %v, want %v", got, want)
		}
		return err
	})
}
