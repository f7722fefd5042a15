package storetest

import (
	"errors"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/privatelog"
	"github.com/coffer-chat/coffer/server/store"
)

// testStorage: sizes are those of the entries that are there, of one conversation
// and one account alone.
func testStorage(s *suite) {
	s.create(1)
	s.create(2)
	size := func(want int64) {
		s.Helper()
		s.seeAccount(1, func(v store.AccountView) error {
			got, err := v.PrivateLogSize()
			if got != want {
				s.Errorf("the private log takes %d, want %d", got, want)
			}
			return err
		})
	}
	size(0)
	for _, n := range []byte{1, 2} {
		s.account(n, func(tx store.AccountTx) error {
			return tx.AppendPrivateLog(1, [][]byte{[]byte("12345"), []byte("678")}, privatelog.Position{})
		})
	}
	size(8)
	logs := func(of byte, want store.LogSize) {
		s.Helper()
		s.seeConversation(1, func(v store.ConversationView) error {
			got, err := v.LogSize(id(of))
			if got != want {
				s.Errorf("the log takes %+v, want %+v", got, want)
			}
			return err
		})
	}
	logs(1, store.LogSize{})
	mine, other := entry(1, "a"), entry(2, "b")
	mine.Kind, mine.Body, mine.Header, mine.Frank = convo.EntryMessage, []byte("1234567890"), []byte("123"), []byte("12")
	other.Body, other.Header, other.Frank = []byte("12"), nil, nil
	mine.Sender.Account, other.Sender.Account = id(1), id(2)
	s.conversation(1, func(tx store.ConversationTx) error { return errors.Join(tx.Append(mine), tx.Append(other)) })
	logs(1, store.LogSize{All: 17, Own: 15})
	logs(2, store.LogSize{All: 17, Own: 2})
	s.conversation(1, func(tx store.ConversationTx) error { return tx.Erase(1, []byte("123"), hash(1)) })
	logs(1, store.LogSize{All: 7, Own: 5})
}
