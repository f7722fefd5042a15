package storetest

import (
	"bytes"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// testResets: what is kept of a reset, that a handle moves only from the account
// that has it, and that those whose time is over are found until they are erased.
func testResets(s *suite) {
	for _, n := range []byte{1, 2, 3} {
		s.create(n)
		s.ok(s.store.ClaimHandle(s.ctx(), store.HandleRow{Handle: string('a' + rune(n)), Account: id(n), ClaimedMS: 5}, 0, nil))
		s.seeAccount(n, func(v store.AccountView) error {
			_, err := v.Reset()
			s.is(err, store.ErrNotFound)
			_, err = v.Succeeds()
			s.is(err, store.ErrNotFound)
			return nil
		})
	}
	asked := store.Reset{AskedMS: 10, DueMS: 20, By: account.ResetByOperator, CodeHash: hash(3), Successor: id(9)}
	before := s.change(1)
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.PutReset(asked),
			tx.PutSession(store.Session{Hash: hash(1), Keyholder: holder(1), ReadOnly: true, ExpiresMS: 1 << 40}),
			tx.PutSession(store.Session{Hash: hash(2), Restricted: true, ExpiresMS: 1 << 40}))
	})
	if s.change(1) != before+1 {
		s.Error("devices do not hear of a reset")
	}
	s.reopen()
	s.seeAccount(1, func(v store.AccountView) error {
		r, err := v.Reset()
		s.ok(err)
		if !r.Pending() || r.AskedMS != 10 || r.DueMS != 20 || r.By != asked.By || r.CodeHash != asked.CodeHash || r.Successor != id(9) || r.Statement != nil {
			s.Errorf("reset %+v", r)
		}
		a, err := v.Session(hash(1))
		s.ok(err)
		b, err := v.Session(hash(2))
		s.ok(err)
		if !a.ReadOnly || a.Restricted || b.ReadOnly || !b.Restricted {
			s.Errorf("sessions %+v, %+v", a, b)
		}
		return nil
	})
	done := asked
	done.Statement, done.EraseMS = []byte("statement"), 100
	for _, n := range []byte{1, 2} {
		done.EraseMS += uint64(n)
		s.account(n, func(tx store.AccountTx) error { return errors.Join(tx.PutReset(done), tx.DropSessions()) })
	}
	s.seeAccount(1, func(v store.AccountView) error {
		list, err := v.Sessions()
		if len(list) != 0 {
			s.Errorf("%d sessions are left", len(list))
		}
		return err
	})
	for _, c := range []struct {
		now  uint64
		want []account.ID
	}{{100, nil}, {101, []account.ID{id(1)}}, {200, []account.ID{id(1), id(2)}}} {
		due, err := s.store.DueResets(s.ctx(), c.now, 10)
		s.ok(err)
		if !slices.Equal(due, c.want) {
			s.Errorf("at %d: %d are due, want %d", c.now, len(due), len(c.want))
		}
	}
	done.EraseMS, done.Erased = 101, true
	s.account(1, func(tx store.AccountTx) error { return tx.PutReset(done) })
	due, err := s.store.DueResets(s.ctx(), 200, 10)
	s.ok(err)
	if !slices.Equal(due, []account.ID{id(2)}) {
		s.Errorf("%d are due, the erased one among them", len(due))
	}

	s.is(s.store.MoveHandle(s.ctx(), "nobody", id(1), id(3), 7), store.ErrNotFound)
	s.is(s.store.MoveHandle(s.ctx(), "b", id(2), id(3), 7), store.ErrTaken)
	s.ok(s.store.MoveHandle(s.ctx(), "b", id(1), id(3), 7))
	s.ok(s.store.MoveHandle(s.ctx(), "b", id(1), id(3), 8))
	row, err := s.store.Handle(s.ctx(), "b")
	s.ok(err)
	if row.Account != id(3) || row.ClaimedMS != 7 {
		s.Errorf("handle %+v", row)
	}
	s.account(3, func(tx store.AccountTx) error { return tx.PutSucceeds([]byte("statement")) })
	s.seeAccount(3, func(v store.AccountView) error {
		b, err := v.Succeeds()
		if !bytes.Equal(b, []byte("statement")) {
			s.Errorf("succeeds %q", b)
		}
		return err
	})

	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(tx.PutReset(id(1), []byte("old")), tx.PutReset(id(1), []byte("one")), tx.PutReset(id(2), []byte("two")))
	})
	s.conversation(2, func(tx store.ConversationTx) error { return tx.PutReset(id(1), []byte("other")) })
	s.seeConversation(1, func(v store.ConversationView) error {
		list, err := v.Resets(10)
		if len(list) != 2 || string(list[0]) != "one" || string(list[1]) != "two" {
			s.Errorf("resets %q", list)
		}
		some, err2 := v.Resets(1)
		if len(some) != 1 {
			s.Errorf("%d resets, want 1", len(some))
		}
		return errors.Join(err, err2)
	})
}

// change is an account's count of changes.
func (s *suite) change(n byte) (change uint64) {
	s.seeAccount(n, func(v store.AccountView) error {
		a, err := v.Account()
		change = a.Change
		return err
	})
	return change
}
