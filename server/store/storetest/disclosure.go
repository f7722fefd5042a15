package storetest

import (
	"errors"
	"reflect"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// testDisclosure asks for what one account left behind, with another's beside it.
func testDisclosure(s *suite) {
	s.create(1)
	s.create(2)
	for n := byte(1); n <= 3; n++ {
		s.ok(s.store.PutInvite(s.ctx(), hash(n), uint64(n)))
	}
	s.ok(s.store.UseInvite(s.ctx(), hash(2), id(1)))
	s.ok(s.store.UseInvite(s.ctx(), hash(3), id(2)))
	packages := []store.KeyPackage{
		{Device: holder(1), Suite: 1, Ref: hash(1), NotAfterMS: 5, Data: []byte("one")},
		{Device: holder(1), Suite: 1, Ref: hash(2), NotAfterMS: 6, LastResort: true, Data: []byte("two")},
		{Device: holder(2), Suite: 1, Ref: hash(1), NotAfterMS: 7, Data: []byte("three")},
	}
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.AddKeyPackages(packages), tx.UseNonce([]byte("a"), 5), tx.UseNonce([]byte("b"), 5))
	})
	edit := entry(2, "b")
	edit.Purpose, edit.Target, edit.EraseMS = convo.PurposeEdit, 1, 99
	other := entry(3, "a")
	other.Sender.Account = id(2)
	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(
			tx.Append(entry(1, "a")), tx.Append(edit), tx.Append(other), tx.Append(entry(4, "")),
			tx.Erase(4, []byte("header"), hash(4)),
			tx.PutEpoch(store.Epoch{Epoch: 1}, []store.Deposit{{Account: id(1), Sealed: []byte("12345")}, {Account: id(2), Index: 1, Sealed: []byte("1")}}),
			tx.PutEpoch(store.Epoch{Epoch: 2}, []store.Deposit{{Account: id(1), Sealed: []byte("1234567")}}),
			tx.RepairDeposit(0, 2, store.Deposit{Account: id(1), Repaired: []byte("123"), RepairedBy: []byte("12")}),
			released(tx, 2, id(1)), released(tx, 1, id(1)), released(tx, 3, id(2)))
	})
	s.reopen()

	for n, want := range map[byte][]store.Invite{1: {{CreatedMS: 2}}, 2: {{CreatedMS: 3}}, 3: nil} {
		if got, err := s.store.InvitesUsedBy(s.ctx(), id(n)); err != nil || !reflect.DeepEqual(got, want) {
			s.Errorf("invites of %d: %+v, %v", n, got, err)
		}
	}
	s.seeAccount(1, func(v store.AccountView) error {
		if got, err := v.KeyPackages(); err != nil || !reflect.DeepEqual(got, packages) {
			s.Errorf("key packages %+v, %v", got, err)
		}
		n, err := v.NonceCount()
		if n != 2 {
			s.Errorf("%d nonces", n)
		}
		return err
	})
	s.seeAccount(2, func(v store.AccountView) error {
		packages, err := v.KeyPackages()
		n, err2 := v.NonceCount()
		if len(packages) != 0 || n != 0 {
			s.Error("another account's are seen")
		}
		return errors.Join(err, err2)
	})
	s.seeConversation(1, testPosted(s))
}

func testPosted(s *suite) func(store.ConversationView) error {
	base := store.Posted{Kind: convo.EntryMessage, Purpose: convo.PurposeMessage, Device: holder(1), BodyBytes: 6}
	first, second, erased := base, base, base
	first.Seq, first.AcceptedMS, first.RestBytes = 1, 11, 32+5+1
	second.Seq, second.AcceptedMS, second.RestBytes = 2, 12, 32+5+1
	second.Purpose, second.Target, second.EraseMS = convo.PurposeEdit, 1, 99
	erased.Seq, erased.AcceptedMS, erased.BodyBytes, erased.RestBytes, erased.Erased = 4, 14, 0, 32+5+6+32, true
	return func(v store.ConversationView) error {
		for _, c := range []struct {
			from  uint64
			limit int
			want  []store.Posted
		}{
			{1, 9, []store.Posted{first, second, erased}},
			{1, 2, []store.Posted{first, second}},
			{3, 9, []store.Posted{erased}},
			{5, 9, nil},
		} {
			if got, err := v.Posted(id(1), c.from, c.limit); err != nil || !reflect.DeepEqual(got, c.want) {
				s.Errorf("posted from %d, at most %d: %+v, %v", c.from, c.limit, got, err)
			}
		}
		for n, want := range map[byte]store.DepositTotals{
			1: {Count: 2, Repaired: 1, Bytes: 5 + 7 + 3 + 2}, 2: {Count: 1, Bytes: 1}, 3: {},
		} {
			if got, err := v.DepositTotals(id(n)); err != nil || got != want {
				s.Errorf("deposits of %d: %+v, %v", n, got, err)
			}
		}
		for n, want := range map[byte][]uint64{1: {1, 2}, 2: {3}, 3: nil} {
			if got, err := v.ReleasedBy(id(n)); err != nil || !reflect.DeepEqual(got, want) {
				s.Errorf("released by %d: %v, %v", n, got, err)
			}
		}
		return nil
	}
}

func released(tx store.ConversationTx, seq uint64, by account.ID) error {
	_, err := tx.Release(seq, by)
	return err
}
