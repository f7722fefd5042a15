package storetest

import (
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/server/store"
)

func testMeta(s *suite) {
	_, err := s.store.Meta(s.ctx(), "name")
	s.is(err, store.ErrNotFound)
	for _, v := range []string{"first", "second"} {
		got, err := s.store.KeepMeta(s.ctx(), "name", []byte(v))
		s.ok(err)
		if string(got) != "first" {
			s.Errorf("kept %q", got)
		}
	}
	s.reopen()
	got, err := s.store.Meta(s.ctx(), "name")
	s.ok(err)
	if string(got) != "first" {
		s.Errorf("after opening again %q", got)
	}
}

func testHandles(s *suite) {
	claim := func(n byte, at, stale uint64, abandoned bool) error {
		return s.store.ClaimHandle(s.ctx(), store.HandleRow{Handle: "alice", Account: id(n), ClaimedMS: at}, stale,
			func(account.ID) bool { return abandoned })
	}
	_, err := s.store.Handle(s.ctx(), "alice")
	s.is(err, store.ErrNotFound)
	s.ok(claim(1, 100, 0, true))
	s.ok(claim(1, 200, 0, false))
	s.is(claim(2, 200, 100, true), store.ErrTaken)  // not stale
	s.is(claim(2, 200, 101, false), store.ErrTaken) // stale and in use
	s.ok(claim(2, 200, 101, true))
	row, err := s.store.Handle(s.ctx(), "alice")
	s.ok(err)
	if row.Account != id(2) || row.ClaimedMS != 200 {
		s.Errorf("row %+v", row)
	}
}

func testInvites(s *suite) {
	s.is(s.store.UseInvite(s.ctx(), hash(1), id(1)), store.ErrNotFound)
	s.ok(s.store.PutInvite(s.ctx(), hash(1), 5))
	s.ok(s.store.UseInvite(s.ctx(), hash(1), id(1)))
	s.ok(s.store.UseInvite(s.ctx(), hash(1), id(1)))
	s.is(s.store.UseInvite(s.ctx(), hash(1), id(2)), store.ErrTaken)
}

func testAccounts(s *suite) {
	s.is(s.store.ViewAccount(s.ctx(), id(1), func(v store.AccountView) error {
		_, err := v.Account()
		return err
	}), store.ErrNotFound)
	s.create(1)
	s.is(s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error { return tx.Create(store.Account{}) }), store.ErrExists)
	s.account(1, func(tx store.AccountTx) error {
		return tx.AppendChain(2, []byte("two"), []store.SealedRoot{
			{Keyholder: holder(1), VaultEpoch: 1, Sealed: []byte("a")}, {Keyholder: holder(2), VaultEpoch: 2, Sealed: []byte("b")},
		})
	})
	s.is(s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error { return tx.AppendChain(2, []byte("x"), nil) }), store.ErrExists)
	p := store.Password{Parameters: []byte{1}, Salt: []byte{2}, Verifier: account.Hash{3}, SetMS: 4}
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.SetPassword(p), tx.PutPinRecord(store.PinRecord{Keyholder: holder(3), Record: []byte("r")}),
			tx.PutPinRecord(store.PinRecord{Keyholder: holder(3), Record: []byte("s")}))
	})
	s.reopen()
	s.seeAccount(1, func(v store.AccountView) error {
		a, err := v.Account()
		s.ok(err)
		if a.Handle != "someone" || a.ChainSeq != 2 || a.Change != 3 || a.CreatedMS != 5 || fmt.Sprint(*a.Password) != fmt.Sprint(p) {
			s.Errorf("account %+v", a)
		}
		for from, want := range map[uint64]int{0: 2, 1: 2, 2: 1, 3: 0} {
			if list, err := v.Chain(from, 10); err != nil || len(list) != want {
				s.Errorf("chain from %d: %d entries, %v", from, len(list), err)
			}
		}
		if list, err := v.Chain(1, 1); err != nil || len(list) != 1 || list[0][0] != 1 {
			s.Errorf("first entry %v, %v", list, err)
		}
		for _, c := range []struct {
			k    account.KeyholderID
			from uint64
			want int
		}{{account.KeyholderID{}, 0, 2}, {account.KeyholderID{}, 2, 1}, {holder(1), 0, 1}, {holder(9), 0, 0}} {
			if list, err := v.SealedRoots(c.k, c.from); err != nil || len(list) != c.want {
				s.Errorf("sealed roots of %v from %d: %d, %v", c.k, c.from, len(list), err)
			}
		}
		if list, err := v.PinRecords(); err != nil || len(list) != 1 || string(list[0].Record) != "s" {
			s.Errorf("PIN records %v, %v", list, err)
		}
		return nil
	})
	s.seeAccount(2, func(v store.AccountView) error { // nothing of one account is another's
		if list, err := v.Chain(0, 10); err != nil || len(list) != 0 {
			s.Errorf("chain %v, %v", list, err)
		}
		return nil
	})
}

func testSessions(s *suite) {
	s.create(1)
	session := func(n byte, k account.KeyholderID, expires uint64) store.Session {
		return store.Session{Hash: hash(n), Keyholder: k, Restricted: k == account.KeyholderID{}, CreatedMS: uint64(n), ExpiresMS: expires}
	}
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.PutSession(session(1, holder(1), 100)), tx.PutSession(session(2, holder(2), 200)),
			tx.PutSession(session(3, account.KeyholderID{}, 300)), tx.UseNonce([]byte("n"), 50))
	})
	s.is(s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error { return tx.UseNonce([]byte("n"), 60) }), store.ErrExists)
	have := func(want string) {
		s.Helper()
		got := ""
		s.seeAccount(1, func(v store.AccountView) error {
			list, err := v.Sessions()
			for _, x := range list {
				if one, err := v.Session(x.Hash); err != nil || one.Keyholder != x.Keyholder || one.ExpiresMS != x.ExpiresMS || one.ChainSeq != 1 {
					s.Errorf("session %+v, %v", one, err)
				}
				got += fmt.Sprint(x.Hash[0])
			}
			return err
		})
		if got != want {
			s.Errorf("sessions %s, want %s", got, want)
		}
	}
	have("123")
	s.account(1, func(tx store.AccountTx) error { return tx.DropKeyholder(holder(2)) })
	have("13")
	s.account(1, func(tx store.AccountTx) error {
		return errors.Join(tx.PutSession(session(4, holder(4), 100)), tx.DropSession(hash(4)), tx.DropSession(hash(9)))
	})
	have("13")
	s.account(1, func(tx store.AccountTx) error { return tx.DropPasswordSessions() })
	have("1")
	s.ok(s.store.Expire(s.ctx(), 50, 0))
	have("1")
	s.account(1, func(tx store.AccountTx) error { return tx.UseNonce([]byte("n"), 60) }) // its time was over
	s.ok(s.store.Expire(s.ctx(), 100, 0))
	have("")
	s.is(s.store.ViewAccount(s.ctx(), id(1), func(v store.AccountView) error {
		_, err := v.Session(hash(1))
		return err
	}), store.ErrNotFound)
}

func testKeyPackages(s *suite) {
	s.create(1)
	kp := func(n byte, suite uint16, last bool, until uint64) store.KeyPackage {
		return store.KeyPackage{Device: holder(1), Suite: suite, Ref: hash(n), NotAfterMS: until, LastResort: last, Data: []byte{n}}
	}
	s.account(1, func(tx store.AccountTx) error {
		return tx.AddKeyPackages([]store.KeyPackage{
			kp(1, 1, false, 100), kp(1, 1, false, 100), kp(2, 1, false, 10), kp(3, 1, true, 100), kp(4, 2, false, 100),
		})
	})
	take := func(suite uint16) (n byte, err error) {
		err = s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error {
			k, err := tx.TakeKeyPackage(holder(1), suite, 50)
			if err == nil {
				n = k.Data[0]
			}
			return err
		})
		return n, err
	}
	count := func(want, wantLast int) {
		s.Helper()
		s.seeAccount(1, func(v store.AccountView) error {
			n, last, err := v.KeyPackageCount(holder(1))
			if n != want || last != wantLast {
				s.Errorf("%d and %d of last resort, want %d and %d", n, last, want, wantLast)
			}
			return err
		})
	}
	count(3, 1)
	for i, want := range []byte{1, 3, 3} { // the second is over
		if n, err := take(1); err != nil || n != want {
			s.Errorf("take %d: %d, %v", i, n, err)
		}
	}
	if n, err := take(2); err != nil || n != 4 {
		s.Errorf("of the other suite: %d, %v", n, err)
	}
	_, err := take(2)
	s.is(err, store.ErrNotFound)
	s.account(1, func(tx store.AccountTx) error { return tx.AddKeyPackages([]store.KeyPackage{kp(5, 1, true, 100)}) })
	count(1, 1)
	s.account(1, func(tx store.AccountTx) error { return tx.DropKeyholder(holder(1)) })
	count(0, 0)
}

func testPrivateLog(s *suite) {
	s.create(1)
	at := func(n uint64) privatelog.Position {
		return privatelog.Position{Head: account.LogHead{Seq: n, Link: account.Hash{byte(n)}}, ChainSeq: 1}
	}
	s.account(1, func(tx store.AccountTx) error {
		return tx.AppendPrivateLog(1, [][]byte{[]byte("aa"), []byte("bbb")}, at(2))
	})
	s.is(s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error {
		return tx.AppendPrivateLog(2, [][]byte{[]byte("x")}, at(2))
	}), store.ErrExists)
	s.seeAccount(1, func(v store.AccountView) error {
		a, err := v.Account()
		if a.Log != at(2) || a.Change != 3 {
			s.Errorf("account %+v", a)
		}
		for _, c := range []struct {
			from            uint64
			limit, maxBytes int
			want            string
		}{{0, 9, 0, "aa bbb "}, {2, 9, 0, "bbb "}, {1, 1, 0, "aa "}, {1, 9, 4, "aa "}, {1, 9, 1, "aa "}, {1, 9, 5, "aa bbb "}} {
			list, err := v.PrivateLog(c.from, c.limit, c.maxBytes)
			got := ""
			for _, e := range list {
				got += string(e) + " "
			}
			if err != nil || got != c.want {
				s.Errorf("from %d, %d, %d: %q, %v", c.from, c.limit, c.maxBytes, got, err)
			}
		}
		return err
	})
}

func testIndex(s *suite) {
	s.create(1)
	touch := func(n byte, seq, ms uint64) {
		s.account(1, func(tx store.AccountTx) error { return tx.TouchConversation(room(n), seq, ms) })
	}
	touch(1, 5, 50)
	touch(2, 1, 70)
	touch(3, 1, 60)
	touch(1, 3, 40) // late news: seq and time stay
	s.is(s.store.UpdateAccount(s.ctx(), id(9), func(tx store.AccountTx) error { return tx.TouchConversation(room(1), 1, 1) }), store.ErrNotFound)
	order := func(list []store.ConversationIndex, err error) (out string) {
		s.Helper()
		s.ok(err)
		for _, r := range list {
			out += fmt.Sprint(r.Conversation[0])
		}
		return out
	}
	s.seeAccount(1, func(v store.AccountView) error {
		if got := order(v.ByActivity(store.ConversationIndex{}, 9)); got != "231" {
			s.Errorf("by activity %s", got)
		}
		first, err := v.ByActivity(store.ConversationIndex{}, 1)
		s.ok(err)
		if got := order(v.ByActivity(first[0], 9)); got != "31" {
			s.Errorf("after the first %s", got)
		}
		if got := order(v.ByChange(0, 9)); got != "231" {
			s.Errorf("by change %s", got)
		}
		r, err := v.Conversation(room(1))
		s.ok(err)
		if r.Seq != 5 || r.ActivityMS != 50 {
			s.Errorf("row %+v", r)
		}
		if got := order(v.ByChange(r.Change-1, 9)); got != "1" {
			s.Errorf("the last change %s", got)
		}
		if n, err := v.ConversationCount(); n != 3 || err != nil {
			s.Errorf("%d conversations, %v", n, err)
		}
		_, err = v.Conversation(room(9))
		s.is(err, store.ErrNotFound)
		return nil
	})
}
