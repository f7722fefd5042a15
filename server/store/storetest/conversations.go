package storetest

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

func testConversations(s *suite) {
	s.is(s.store.ViewConversation(s.ctx(), room(1), func(v store.ConversationView) error {
		_, err := v.Conversation()
		return err
	}), store.ErrNotFound)
	c := store.Conversation{ID: room(1), CreatedMS: 1, Generation: 2, Epoch: 3, Head: convo.LogHead{Seq: 4, Link: hash(5)},
		AcceptedMS: 6, InfoSeq: 7, GraceMS: 8, Suite: 9}
	s.conversation(1, func(tx store.ConversationTx) error { return tx.Create(c) })
	s.is(s.store.UpdateConversation(s.ctx(), room(1), func(tx store.ConversationTx) error { return tx.Create(c) }), store.ErrExists)
	s.is(s.store.UpdateConversation(s.ctx(), room(2), func(tx store.ConversationTx) error { return tx.SetConversation(c) }), store.ErrNotFound)
	c.Epoch, c.GraceMS, c.LeaveSeq, c.Head = 4, 0, 3, convo.LogHead{Seq: 5, Link: hash(6)}
	s.conversation(1, func(tx store.ConversationTx) error { return tx.SetConversation(c) })
	s.reopen()
	s.seeConversation(1, func(v store.ConversationView) error {
		got, err := v.Conversation()
		if got != c {
			s.Errorf("got %+v, want %+v", got, c)
		}
		return err
	})
}

func entry(seq uint64, key string) store.Entry {
	e := store.Entry{
		Seq: seq, Kind: convo.EntryMessage, Sender: convo.Sender{Account: id(1), Device: holder(1)}, AcceptedMS: 10 + seq,
		Generation: 1, Epoch: 2, Purpose: convo.PurposeMessage, Body: []byte(fmt.Sprintf("body %d", seq)),
		Frank: []byte("frank"), Link: hash(byte(seq)),
	}
	if key != "" {
		e.Idempotency = []byte(key)
	}
	return e
}

func testEntries(s *suite) {
	second := entry(2, "b")
	second.EraseMS, second.Target, second.Purpose, second.Frank = 99, 1, convo.PurposeEdit, nil
	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(tx.Append(entry(1, "a")), tx.Append(second), tx.Append(entry(3, "")), tx.Append(entry(4, "")))
	})
	for _, e := range []store.Entry{entry(2, "c"), entry(5, "a")} {
		s.is(s.store.UpdateConversation(s.ctx(), room(1), func(tx store.ConversationTx) error { return tx.Append(e) }), store.ErrExists)
	}
	other := entry(5, "a")
	other.Sender.Account = id(2)
	s.conversation(1, func(tx store.ConversationTx) error { return tx.Append(other) }) // another's key
	s.reopen()
	s.seeConversation(1, func(v store.ConversationView) error {
		got, err := v.Entry(2)
		s.ok(err)
		if !reflect.DeepEqual(got, second) {
			s.Errorf("got %+v, want %+v", got, second)
		}
		_, err = v.Entry(9)
		s.is(err, store.ErrNotFound)
		_, err = v.Link(9)
		s.is(err, store.ErrNotFound)
		if l, err := v.Link(3); err != nil || l != hash(3) {
			s.Errorf("link %x, %v", l, err)
		}
		if seq, err := v.ByIdempotency(id(1), []byte("b")); err != nil || seq != 2 {
			s.Errorf("by key %d, %v", seq, err)
		}
		_, err = v.ByIdempotency(id(2), []byte("b"))
		s.is(err, store.ErrNotFound)
		if list, err := v.EditsOf(1); err != nil || len(list) != 1 || list[0] != 2 {
			s.Errorf("edits %v, %v", list, err)
		}
		for _, c := range []struct {
			from            uint64
			desc            bool
			limit, maxBytes int
			want            string
		}{
			{1, false, 9, 1000, "12345"}, {0, false, 9, 1000, "12345"}, {4, false, 9, 1000, "45"}, {6, false, 9, 1000, ""},
			{3, true, 9, 1000, "321"}, {9, true, 2, 1000, "54"}, {1, false, 9, 12, "12"}, {1, false, 9, 1, "1"},
		} {
			list, err := v.Entries(c.from, c.desc, c.limit, c.maxBytes)
			got := ""
			for _, e := range list {
				got += fmt.Sprint(e.Seq)
			}
			if err != nil || got != c.want {
				s.Errorf("%+v: %s, %v", c, got, err)
			}
		}
		return nil
	})
}

func testErasure(s *suite) {
	e := entry(1, "a")
	e.EraseMS = 50
	s.conversation(1, func(tx store.ConversationTx) error { return errors.Join(tx.Append(e), tx.Append(entry(2, "b"))) })
	due := func(now uint64, want int) {
		s.Helper()
		list, err := s.store.DueErasures(s.ctx(), now, 9)
		if err != nil || len(list) != want {
			s.Errorf("due at %d: %v, %v", now, list, err)
		}
	}
	due(49, 0)
	due(50, 1)
	for i, want := range []int{1, 2, 2} {
		s.conversation(1, func(tx store.ConversationTx) error {
			list, err := tx.Release(1, id(byte(min(i, 1))))
			if len(list) != want {
				s.Errorf("%d released, want %d", len(list), want)
			}
			return err
		})
	}
	s.conversation(1, func(tx store.ConversationTx) error { return tx.Erase(1, []byte("header"), hash(8)) })
	due(50, 0)
	s.is(s.store.UpdateConversation(s.ctx(), room(1), func(tx store.ConversationTx) error { return tx.Erase(9, nil, hash(8)) }), store.ErrNotFound)
	s.seeConversation(1, func(v store.ConversationView) error {
		got, err := v.Entry(1)
		h := hash(8)
		if !got.Erased() || string(got.Header) != "header" || string(got.BodyHash) != string(h[:]) || string(got.Frank) != "frank" {
			s.Errorf("erased: %+v", got)
		}
		if e, err := v.Entry(2); err != nil || e.Erased() {
			s.Errorf("the other: %+v, %v", e, err)
		}
		return err
	})
	s.conversation(1, func(tx store.ConversationTx) error { // erasing forgot who released
		list, err := tx.Release(1, id(7))
		if len(list) != 1 {
			s.Errorf("%d released", len(list))
		}
		return err
	})
}

func testEpochs(s *suite) {
	put := func(generation uint32, n uint64) {
		s.conversation(1, func(tx store.ConversationTx) error {
			return tx.PutEpoch(store.Epoch{Generation: generation, Epoch: n, Seq: 10 + n, HeadTable: []byte("table"), Record: []byte("record"),
				Signature: []byte("s"), Leaves: make([]byte, 64)}, []store.Deposit{
				{Account: id(2), Index: 0, VaultEpoch: 1, Sealed: []byte("two")}, {Account: id(1), Index: 1, VaultEpoch: 3, Sealed: []byte("one")},
			})
		})
	}
	put(1, 1)
	put(1, 2)
	put(1, 3)
	put(3, 1) // a later generation counts anew
	put(3, 2)
	g := store.Group{Generation: 1, Epoch: 3, State: []byte("a"), GroupInfo: []byte("b"), HeadTable: []byte("c"), Record: []byte("d"), Seq: 13}
	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(tx.SetGroup(store.Group{State: []byte("old")}), tx.SetGroup(g))
	})
	s.conversation(1, func(tx store.ConversationTx) error {
		d := store.Deposit{Account: id(1), Repaired: []byte("right"), RepairedBy: []byte("by")}
		if err := tx.RepairDeposit(1, 9, d); !errors.Is(err, store.ErrNotFound) {
			s.Errorf("repair of nothing: %v", err)
		}
		return tx.RepairDeposit(1, 2, d)
	})
	s.seeConversation(1, func(v store.ConversationView) error {
		got, err := v.Group()
		s.ok(err)
		if !reflect.DeepEqual(got, g) {
			s.Errorf("group %+v", got)
		}
		for _, c := range []struct {
			generation      uint32
			from            uint64
			limit, maxBytes int
			want            string
		}{{1, 0, 9, 1000, "123"}, {1, 2, 9, 1000, "23"}, {1, 1, 2, 1000, "12"}, {1, 1, 9, 22, "12"}, {1, 1, 9, 1, "1"}, {2, 0, 9, 1000, ""}, {3, 0, 9, 1000, "12"}, {3, 2, 9, 1000, "2"}} {
			list, err := v.Epochs(c.generation, c.from, c.limit, c.maxBytes)
			got := ""
			for _, e := range list {
				got += fmt.Sprint(e.Epoch)
			}
			if err != nil || got != c.want {
				s.Errorf("%+v: %s, %v", c, got, err)
			}
		}
		d, err := v.Deposit(1, 2, id(1))
		s.ok(err)
		if string(d.Sealed) != "one" || string(d.Repaired) != "right" || d.Index != 1 || d.VaultEpoch != 3 {
			s.Errorf("deposit %+v", d)
		}
		_, err = v.Deposit(1, 2, id(9))
		s.is(err, store.ErrNotFound)
		if d, err := v.Deposit(3, 2, id(1)); err != nil || d.Repaired != nil {
			s.Errorf("deposit of another generation %+v, %v", d, err)
		}
		list, err := v.Deposits(1, 2)
		if len(list) != 2 || list[0].Account != id(2) {
			s.Errorf("deposits %+v", list)
		}
		return err
	})
}

func testMembers(s *suite) {
	p := store.Participant{Account: id(2), Role: convo.Member, Since: 1}
	d := store.Device{Account: id(2), Device: holder(1)}
	s.conversation(1, func(tx store.ConversationTx) error {
		first := p
		first.Account = id(1)
		return errors.Join(tx.PutParticipant(p), tx.PutParticipant(first), tx.PutLeaf(d), tx.PutLeaf(d))
	})
	p.Role, p.Until, p.Left, p.Named = convo.Admin, 7, 6, 5
	s.conversation(1, func(tx store.ConversationTx) error { return tx.PutParticipant(p) })
	s.seeConversation(1, func(v store.ConversationView) error {
		if got, err := v.Participant(id(2)); err != nil || got != p {
			s.Errorf("participant %+v, %v", got, err)
		}
		_, err := v.Participant(id(9))
		s.is(err, store.ErrNotFound)
		if list, err := v.Participants(); err != nil || len(list) != 2 || list[0].Account != id(1) {
			s.Errorf("participants %+v, %v", list, err)
		}
		return nil
	})
	leaf := func(d store.Device, want bool) {
		s.Helper()
		s.seeConversation(1, func(v store.ConversationView) error {
			got, err := v.IsLeaf(d)
			if got != want {
				s.Errorf("leaf: %v, want %v", got, want)
			}
			return err
		})
	}
	leaf(d, true)
	leaf(store.Device{Account: id(2), Device: holder(2)}, false)
	s.conversation(1, func(tx store.ConversationTx) error { return tx.DropLeaf(d) })
	leaf(d, false)
}

func testWelcomes(s *suite) {
	d, other := store.Device{Account: id(1), Device: holder(1)}, store.Device{Account: id(1), Device: holder(2)}
	put := func(epoch, now uint64, to ...store.Device) {
		s.conversation(1, func(tx store.ConversationTx) error {
			return tx.PutWelcome(store.Welcome{Generation: 1, Epoch: epoch, Welcome: []byte("w"), Tree: []byte("t")}, to, now)
		})
	}
	put(1, 100, d, other)
	put(2, 200, d)
	see := func(to store.Device, want uint64) {
		s.Helper()
		err := s.store.ViewConversation(s.ctx(), room(1), func(v store.ConversationView) error {
			w, err := v.Welcome(to)
			if err == nil && (w.Epoch != want || string(w.Tree) != "t") {
				s.Errorf("welcome %+v, want epoch %d", w, want)
			}
			return err
		})
		if want == 0 {
			s.is(err, store.ErrNotFound)
		} else {
			s.ok(err)
		}
	}
	see(d, 2)
	see(other, 1)
	see(store.Device{Account: account.ID{}, Device: holder(1)}, 0)
	s.ok(s.store.Expire(s.ctx(), 0, 100))
	see(d, 2)
	see(other, 0)
}
