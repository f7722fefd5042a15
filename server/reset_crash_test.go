package server_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store"
)

// TestResetCutShort: a server that stops between making the new account and moving
// the handle to it tells the old one's contacts when the reset goes on.
func TestResetCutShort(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.first.createDirect(bob)
	told := func() [][]byte {
		l := call(w, bob.first.convos.ListConversations, &cofferv1.ListConversationsRequest{})
		if len(l.GetConversations()) != 1 {
			return nil
		}
		return l.Conversations[0].GetResets()
	}
	m := w.successor("alice")
	code, _, err := server.AskReset(t.Context(), w.store, "alice", w.clock.Now(), true)
	w.ok(err)
	m.Code = code
	fresh, err := account.ParseChain([][]byte{m.Genesis})
	w.ok(err)

	// The first step, and no more: the statement is there, the new account is not.
	old := alice.id()
	seed, err := w.store.KeepMeta(t.Context(), "server key", make([]byte, ed25519.SeedSize))
	w.ok(err)
	asked := uint64(w.clock.Now().UnixMilli())
	r := &account.Reset{Host: testHost, Handle: "alice", Old: old, New: fresh.ID(), By: account.ResetByOperator, Asked: asked, Done: asked, Kept: asked + 1e9}
	account.SignReset(r, ed25519.NewKeyFromSeed(seed))
	w.ok(w.store.UpdateAccount(t.Context(), old, func(tx store.AccountTx) error {
		row, err := tx.Reset()
		row.Successor, row.Statement, row.EraseMS = fresh.ID(), r.Marshal(), r.Kept
		return errors.Join(err, tx.PutReset(row), tx.Wake())
	}))
	drained := func() bool {
		wakes, err := w.store.Wakes(t.Context(), 1)
		w.ok(err)
		return len(wakes) == 0
	}
	waitFor(t, drained)
	if got := told(); len(got) != 0 {
		t.Fatalf("told before there is a new account: %d", len(got))
	}
	call(w, w.resets("").ResetAccount, m)
	waitFor(t, func() bool { return len(told()) == 1 })
}
