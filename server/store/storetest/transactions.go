package storetest

import (
	"context"
	"errors"
	"sync"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

func testOutbox(s *suite) {
	s.create(1)
	s.conversation(1, func(tx store.ConversationTx) error { return errors.Join(tx.Wake(), tx.Wake()) })
	s.conversation(2, func(tx store.ConversationTx) error { return tx.Wake() })
	s.account(1, func(tx store.AccountTx) error { return tx.Wake() })
	s.reopen()
	wakes, err := s.store.Wakes(s.ctx(), 9)
	s.ok(err)
	if len(wakes) != 3 {
		s.Fatalf("%d wakes", len(wakes))
	}
	if some, err := s.store.Wakes(s.ctx(), 2); err != nil || len(some) != 2 {
		s.Errorf("%d wakes of at most 2, %v", len(some), err)
	}
	s.conversation(2, func(tx store.ConversationTx) error { return tx.Wake() }) // newer news
	s.ok(s.store.Woken(s.ctx(), wakes))
	left, err := s.store.Wakes(s.ctx(), 9)
	s.ok(err)
	if len(left) != 1 || left[0].Conversation != room(2) {
		s.Errorf("left: %+v", left)
	}
	s.ok(s.store.Woken(s.ctx(), left))
	if left, err = s.store.Wakes(s.ctx(), 9); err != nil || len(left) != 0 {
		s.Errorf("left: %+v, %v", left, err)
	}
}

var errUndo = errors.New("undo")

func testRollback(s *suite) {
	s.create(1)
	err := s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error {
		s.ok(tx.AppendChain(2, []byte("x"), nil))
		s.ok(tx.PutSession(store.Session{Hash: hash(1)}))
		return errUndo
	})
	if err != errUndo {
		s.Errorf("got %v, want the function's own error", err)
	}
	s.seeAccount(1, func(v store.AccountView) error {
		a, err := v.Account()
		if a.ChainSeq != 1 {
			s.Error("what was undone is there")
		}
		return err
	})
}

// testParallel: many transactions at once, some of which fail, on the same keys;
// each is whole, and the counters add up.
func testParallel(s *suite) {
	const writers, rounds = 16, 20
	s.create(1)
	s.conversation(1, func(tx store.ConversationTx) error { return tx.Create(store.Conversation{ID: room(1)}) })
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for range rounds {
				err := s.store.UpdateConversation(s.ctx(), room(1), func(tx store.ConversationTx) error {
					c, err := tx.Conversation()
					if err != nil {
						return err
					}
					c.Head.Seq++
					err = errors.Join(tx.SetConversation(c), tx.Append(entry(c.Head.Seq, "")))
					if err == nil && i%4 == 0 {
						err = errUndo
					}
					return err
				})
				if i%4 == 0 != errors.Is(err, errUndo) {
					s.Errorf("writer %d: %v", i, err)
				}
				if err := s.store.ViewConversation(s.ctx(), room(1), func(v store.ConversationView) error {
					c, err := v.Conversation()
					if err != nil {
						return err
					}
					list, err := v.Entries(c.Head.Seq, false, 2, 1<<20)
					if c.Head.Seq > 0 && len(list) != 1 {
						s.Errorf("a view with head %d shows %d entries from there", c.Head.Seq, len(list))
					}
					return err
				}); err != nil {
					s.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s.reopen()
	s.seeConversation(1, func(v store.ConversationView) error {
		c, err := v.Conversation()
		if want := uint64(writers * 3 / 4 * rounds); c.Head.Seq != want {
			s.Errorf("head %d, want %d", c.Head.Seq, want)
		}
		return err
	})
}

// testPanic: a panic reaches the caller, undoes its transaction, and harms
// nobody else.
func testPanic(s *suite) {
	s.create(1)
	func() {
		defer func() {
			if recover() == nil {
				s.Error("the panic was swallowed")
			}
		}()
		_ = s.store.UpdateAccount(s.ctx(), id(1), func(tx store.AccountTx) error {
			s.ok(tx.AppendChain(2, []byte("x"), nil))
			panic("in a transaction")
		})
	}()
	s.account(1, func(tx store.AccountTx) error { return tx.AppendChain(2, []byte("y"), nil) })
}

func testCancelled(s *suite) {
	ctx, cancel := context.WithCancel(s.ctx())
	cancel()
	s.is(s.store.UpdateAccount(ctx, id(1), func(store.AccountTx) error { return nil }), context.Canceled)
	s.is(s.store.ViewConversation(ctx, convo.ID{}, func(store.ConversationView) error { return nil }), context.Canceled)
}

func testClosed(s *suite) {
	s.ok(s.store.Close())
	s.ok(s.store.Close())
	s.is(s.store.UpdateAccount(s.ctx(), id(1), func(store.AccountTx) error { return nil }), store.ErrClosed)
	s.is(s.store.ViewAccount(s.ctx(), id(1), func(store.AccountView) error { return nil }), store.ErrClosed)
	_, err := s.store.Wakes(s.ctx(), 1)
	s.is(err, store.ErrClosed)
}
