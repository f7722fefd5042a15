package storetest

import (
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// testReports: a report belongs to who filed it, is listed across accounts in the
// order of time, and goes alone or with its account.
func testReports(s *suite) {
	s.create(1)
	s.create(2)
	one, two, three := [16]byte{1}, [16]byte{2}, [16]byte{3}
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.PutReport(store.Report{ID: two, FiledMS: 20, Data: []byte("second")}),
			tx.PutReport(store.Report{ID: one, FiledMS: 10, Data: []byte("first")}))
	})
	s.account(2, func(tx store.AccountTx) error {
		return errors.Join(tx.PutReport(store.Report{ID: one, FiledMS: 20, Data: []byte("another's")}),
			tx.PutReport(store.Report{ID: three, FiledMS: 20, Data: []byte("another's too")}))
	})
	s.is(s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error {
		return tx.PutReport(store.Report{ID: one, FiledMS: 30})
	}), store.ErrExists)
	s.reopen()
	all := []store.FiledReport{
		{Account: id(1), ID: one, FiledMS: 10, Bytes: 5}, {Account: id(1), ID: two, FiledMS: 20, Bytes: 6},
		{Account: id(2), ID: one, FiledMS: 20, Bytes: 9}, {Account: id(2), ID: three, FiledMS: 20, Bytes: 13},
	}
	// One at a time, so that the order over equal times counts.
	var got []store.FiledReport
	var after store.FiledReport
	for range all {
		list, err := s.store.ReportsAfter(s.ctx(), after, 1)
		s.ok(err)
		if len(list) != 1 {
			s.Fatalf("after %v: %v", after, list)
		}
		got, after = append(got, list[0]), list[0]
	}
	end, err := s.store.ReportsAfter(s.ctx(), after, 1)
	s.ok(err)
	if !slices.Equal(got, all) || len(end) != 0 {
		s.Errorf("listed %v, then %v", got, end)
	}
	s.seeAccount(1, func(v store.AccountView) error {
		list, err := v.Reports()
		r, err2 := v.Report(two)
		_, missing := v.Report(three)
		if !slices.Equal(list, all[:2]) || string(r.Data) != "second" || r.FiledMS != 20 || r.ID != two || !errors.Is(missing, store.ErrNotFound) {
			s.Errorf("listed %v; %+v; another's: %v", list, r, missing)
		}
		return errors.Join(err, err2)
	})
	s.account(1, func(tx store.AccountTx) error {
		there, err := tx.DropReport(two)
		again, err2 := tx.DropReport(two)
		if !there || again {
			s.Errorf("dropped: %v, then %v", there, again)
		}
		return errors.Join(err, err2)
	})
	s.account(2, func(tx store.AccountTx) error {
		counts, err := tx.EraseAccount()
		if !slices.Contains(counts, account.Erased{Kind: account.ErasedReports, Count: 2}) {
			s.Errorf("erased %v", counts)
		}
		return err
	})
	left, err := s.store.ReportsAfter(s.ctx(), store.FiledReport{}, 9)
	s.ok(err)
	if !slices.Equal(left, all[:1]) {
		s.Errorf("%v are left", left)
	}
}
