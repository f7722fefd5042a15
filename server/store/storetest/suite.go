// Package storetest is the suite that every store.Store passes. Call Run.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// Open opens the store that is kept in a folder; the suite closes it, and opens
// it again to see what is durable.
type Open func(dir string) (store.Store, error)

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		f    func(*suite)
	}{
		{"meta", testMeta},
		{"handles", testHandles},
		{"invites", testInvites},
		{"accounts", testAccounts},
		{"sessions", testSessions},
		{"key packages", testKeyPackages},
		{"private log", testPrivateLog},
		{"conversation index", testIndex},
		{"conversations", testConversations},
		{"entries", testEntries},
		{"erasure", testErasure},
		{"epochs", testEpochs},
		{"members", testMembers},
		{"welcomes", testWelcomes},
		{"cloud records", testCloudRecords},
		{"retention", testRetention},
		{"closing", testClosing},
		{"read marks", testReadMarks},
		{"storage", testStorage},
		{"resets", testResets},
		{"disclosure", testDisclosure},
		{"links", testLinks},
		{"push", testPush},
		{"recent", testRecent},
		{"reports", testReports},
		{"outbox", testOutbox},
		{"rollback", testRollback},
		{"parallel", testParallel},
		{"panic", testPanic},
		{"cancelled", testCancelled},
		{"closed", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{TB: t, dir: t.TempDir(), open: open}
			s.reopen()
			c.f(s)
			s.ok(s.store.Close())
		})
	}
}

// suite is one test's store.
type suite struct {
	testing.TB
	dir   string
	open  Open
	store store.Store
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *suite) is(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("got %v, want %v", err, want)
	}
}

// reopen closes the store, if it is open, and opens it again.
func (s *suite) reopen() {
	s.Helper()
	if s.store != nil {
		s.ok(s.store.Close())
	}
	var err error
	s.store, err = s.open(s.dir)
	s.ok(err)
}

func (s *suite) ctx() context.Context { return s.Context() }

func id(n byte) account.ID              { return account.ID{0: n, 31: 1} }
func holder(n byte) account.KeyholderID { return account.KeyholderID{0: n, 15: 1} }
func room(n byte) convo.ID              { return convo.ID{0: n, 31: 1} }
func hash(n byte) [32]byte              { return [32]byte{0: n, 31: 7} }

func (s *suite) account(n byte, f func(store.AccountTx) error) {
	s.Helper()
	s.ok(s.store.UpdateAccount(s.ctx(), id(n), f))
}

func (s *suite) seeAccount(n byte, f func(store.AccountView) error) {
	s.Helper()
	s.ok(s.store.ViewAccount(s.ctx(), id(n), f))
}

func (s *suite) conversation(n byte, f func(store.ConversationTx) error) {
	s.Helper()
	s.ok(s.store.UpdateConversation(s.ctx(), room(n), f))
}

func (s *suite) seeConversation(n byte, f func(store.ConversationView) error) {
	s.Helper()
	s.ok(s.store.ViewConversation(s.ctx(), room(n), f))
}

// create makes an account with a first chain entry.
func (s *suite) create(n byte) {
	s.Helper()
	s.account(n, func(tx store.AccountTx) error {
		return errors.Join(tx.Create(store.Account{Handle: "someone", CreatedMS: 5}), tx.AppendChain(1, []byte{n}, nil))
	})
}
