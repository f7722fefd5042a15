package storetest

import (
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// testClosing: a closed account keeps chain and row, and no news reaches it; another
// account's rows stay as they are; all of it is durable.
func testClosing(s *suite) {
	for _, n := range []byte{1, 2} {
		s.create(n)
		s.account(n, func(tx store.AccountTx) error {
			return errors.Join(
				tx.PutSession(store.Session{Hash: hash(n), ExpiresMS: 1 << 40}),
				tx.PutPinRecord(store.PinRecord{Keyholder: holder(1), Record: []byte("pin")}),
				tx.PutCloudRecord(store.CloudRecord{Keyholder: holder(2), Record: []byte("cloud")}),
				tx.SetPassword(store.Password{Parameters: []byte{1}, Salt: []byte{2}, SetMS: 3}),
				tx.UseNonce([]byte("nonce"), 1<<40),
				tx.TouchConversation(room(1), 4, 5), tx.TouchConversation(room(2), 4, 6))
		})
		s.seeAccount(n, func(v store.AccountView) error {
			_, err := v.Closing()
			s.is(err, store.ErrNotFound)
			return nil
		})
	}
	c := store.Closing{ClosedMS: 7, Counts: []account.Erased{{Kind: account.ErasedDeposits, Count: 1 << 40}}}
	s.account(1, func(tx store.AccountTx) error { return tx.PutClosing(c) })
	s.is(s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error { return tx.TouchConversation(room(3), 1, 1) }), store.ErrNotFound)
	s.account(1, func(tx store.AccountTx) error {
		listed, err := tx.UnlistConversation(room(1))
		if !listed {
			s.Error("a conversation was not listed")
		}
		again, err2 := tx.UnlistConversation(room(1))
		if again {
			s.Error("a conversation was listed twice")
		}
		return errors.Join(err, err2, tx.ListConversation(room(4)), tx.ListConversation(room(4)), tx.ListConversation(room(2)))
	})
	s.account(1, func(tx store.AccountTx) error {
		erased, err := tx.EraseAccount()
		counts := map[account.ErasedKind]uint64{}
		for _, x := range erased {
			counts[x.Kind] = x.Count
		}
		if counts[account.ErasedConversations] != 2 || counts[account.ErasedSessions] != 2 || counts[account.ErasedRecovery] != 2 || counts[account.ErasedPassword] != 1 {
			s.Errorf("erased %v", counts)
		}
		c.Receipt = []byte("receipt")
		return errors.Join(err, tx.PutClosing(c))
	})
	s.reopen()
	s.seeAccount(1, func(v store.AccountView) error {
		got, err := v.Closing()
		s.ok(err)
		if got.ClosedMS != 7 || !slices.Equal(got.Counts, c.Counts) || string(got.Receipt) != "receipt" {
			s.Errorf("closing is %+v", got)
		}
		a, err := v.Account()
		s.ok(err)
		chain, err := v.Chain(1, 9)
		s.ok(err)
		if a.Password != nil || len(chain) != 1 {
			s.Errorf("password %v, %d entries", a.Password, len(chain))
		}
		n, err := v.ConversationCount()
		s.ok(err)
		sessions, err := v.Sessions()
		if n != 0 || len(sessions) != 0 {
			s.Errorf("%d conversations and %d sessions are left", n, len(sessions))
		}
		return err
	})
	s.seeAccount(2, func(v store.AccountView) error {
		n, err := v.ConversationCount()
		s.ok(err)
		sessions, err := v.Sessions()
		s.ok(err)
		pins, err := v.PinRecords()
		if n != 2 || len(sessions) != 1 || len(pins) != 1 {
			s.Errorf("the other account has %d conversations, %d sessions, %d PINs", n, len(sessions), len(pins))
		}
		return err
	})
	s.closingInvites()
	s.closedIn()
}

// closingInvites: an invitation that was used is forgotten with who used it.
func (s *suite) closingInvites() {
	s.ok(s.store.PutInvite(s.ctx(), hash(1), 1))
	s.ok(s.store.UseInvite(s.ctx(), hash(1), id(1)))
	s.ok(s.store.ForgetInvites(s.ctx(), id(1)))
	s.is(s.store.UseInvite(s.ctx(), hash(1), id(1)), store.ErrNotFound)
}

// closedIn: one account's part of a conversation goes, the others' stay.
func (s *suite) closedIn() {
	s.conversation(1, func(tx store.ConversationTx) error {
		_, err := tx.Release(3, id(1))
		_, err2 := tx.Release(3, id(2))
		return errors.Join(err, err2, tx.Create(store.Conversation{ID: room(1)}), tx.PutEpoch(store.Epoch{Generation: 1, Epoch: 1}, []store.Deposit{
			{Account: id(1), Sealed: []byte("a")}, {Account: id(2), Index: 1, Sealed: []byte("b")},
		}), tx.PutWelcome(store.Welcome{Generation: 1, Epoch: 1}, []store.Device{{Account: id(1)}, {Account: id(2)}}, 1))
	})
	want := store.ClosedIn{Done: 1, Erased: 2, Kept: 3, Deposits: 4, Addressed: 5}
	s.conversation(1, func(tx store.ConversationTx) error {
		_, err := tx.ClosedIn(id(1))
		s.is(err, store.ErrNotFound)
		d, w, err := tx.DropAccount(id(1))
		if d != 1 || w != 1 {
			s.Errorf("dropped %d deposits and %d Welcomes", d, w)
		}
		return errors.Join(err, tx.PutClosedIn(id(1), store.ClosedIn{Done: 1}), tx.PutClosedIn(id(1), want))
	})
	s.reopen()
	s.conversation(1, func(tx store.ConversationTx) error {
		got, err := tx.ClosedIn(id(1))
		s.ok(err)
		closed, err := tx.Closed()
		s.ok(err)
		deposits, err := tx.Deposits(1, 1)
		s.ok(err)
		released, err := tx.ReleasedFrom(3)
		if got != want || !slices.Equal(closed, []account.ID{id(1)}) || len(deposits) != 1 || deposits[0].Account != id(2) ||
			!slices.Equal(released, []account.ID{id(2)}) {
			s.Errorf("closed in %+v of %v, deposits %+v, released by %v", got, closed, deposits, released)
		}
		return err
	})
}
