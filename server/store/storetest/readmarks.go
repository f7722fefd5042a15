package storetest

import (
	"errors"
	"reflect"

	"github.com/coffer-chat/coffer/server/store"
)

// testReadMarks: of each account the newest mark is kept, until it is taken back or
// the account is out.
func testReadMarks(s *suite) {
	mark := func(n byte, text string) store.ReadMark { return store.ReadMark{Account: id(n), Message: []byte(text)} }
	s.conversation(1, func(tx store.ConversationTx) error {
		return errors.Join(tx.PutReadMark(mark(2, "b")), tx.PutReadMark(mark(1, "a")), tx.PutReadMark(mark(1, "c")),
			tx.PutReadMark(mark(3, "d")), tx.PutReadMark(mark(4, "e")), tx.PutReadMark(mark(5, "f")), tx.PutReadMark(mark(5, "")), tx.PutReadMark(mark(6, "")))
	})
	s.conversation(2, func(tx store.ConversationTx) error { return tx.PutReadMark(mark(1, "elsewhere")) })
	s.reopen()
	sees := func(want ...store.ReadMark) {
		s.Helper()
		s.seeConversation(1, func(v store.ConversationView) error {
			got, err := v.ReadMarks()
			if !reflect.DeepEqual(got, want) {
				s.Errorf("marks are %v, want %v", got, want)
			}
			return err
		})
	}
	sees(mark(1, "c"), mark(2, "b"), mark(3, "d"), mark(4, "e"))
	s.conversation(1, func(tx store.ConversationTx) error {
		_, _, err := tx.DropAccount(id(4))
		return errors.Join(err, tx.PutParticipant(store.Participant{Account: id(1), Since: 1}),
			tx.PutParticipant(store.Participant{Account: id(2), Since: 1, Left: 5}), tx.PutParticipant(store.Participant{Account: id(3), Since: 1, Until: 6}))
	})
	sees(mark(1, "c"))
	s.seeConversation(2, func(v store.ConversationView) error {
		got, err := v.ReadMarks()
		if len(got) != 1 {
			s.Errorf("another conversation has %v", got)
		}
		return err
	})
}
