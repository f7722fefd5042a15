package server_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server"
)

const week = 7 * 24 * time.Hour

func (w *world) resets(token string) cofferv1connect.ResetServiceClient {
	return cofferv1connect.NewResetServiceClient(&http.Client{Transport: bearer{token, w.http.Transport}}, w.url)
}

// successor asks for a handle with a new account.
func (w *world) successor(handle string) *cofferv1.ResetAccountRequest {
	m, _, _ := w.genesis(handle)
	return &cofferv1.ResetAccountRequest{Genesis: m.GetGenesis(), SealedRoots: m.GetSealedRoots()}
}

// TestResetAccount: who may ask, who may stop it, and what the account that lost its
// handle can still do.
func TestResetAccount(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	nobody, hers := w.resets(""), w.resets(alice.first.token)
	m := w.successor("alice")
	w.refused(try(w, nobody.ResetAccount, w.successor("carol")), notFound)
	w.refused(try(w, nobody.ResetAccount, &cofferv1.ResetAccountRequest{Genesis: m.Genesis[1:]}), invalid)
	w.refused(try(w, nobody.ResetAccount, &cofferv1.ResetAccountRequest{Genesis: m.Genesis}), invalid) // no roots
	w.refused(try(w, nobody.ResetAccount, m), forbidden)
	m.Stretched = passwordOf("right").Stretched
	w.refused(try(w, nobody.ResetAccount, m), wrongPassword) // there is none
	call(w, alice.first.SetPassword, passwordOf("right"))
	m.Stretched = passwordOf("wrong").Stretched
	w.refused(try(w, nobody.ResetAccount, m), wrongPassword)

	m.Stretched = passwordOf("right").Stretched
	asked := call(w, nobody.ResetAccount, m)
	if asked.GetDueMs()-asked.GetAskedMs() != uint64(week.Milliseconds()) || asked.Statement != nil {
		t.Fatalf("asked: %v", asked)
	}
	if c := call(w, alice.first.GetChain, &cofferv1.GetChainRequest{FromSeq: 2}); c.GetResetMs() != asked.GetAskedMs() {
		t.Error("the account's device is not told")
	}
	if c := call(w, bob.first.GetChain, &cofferv1.GetChainRequest{FromSeq: 2}); c.GetResetMs() != 0 {
		t.Error("another account's device is told")
	}
	id := alice.id()
	if c := call(w, bob.first.GetChain, &cofferv1.GetChainRequest{Account: id[:], FromSeq: 2}); c.GetResetMs() != 0 {
		t.Error("others are told that somebody asks")
	}

	// The password alone neither sees nor stops it.
	withPassword := call(w, alice.first.SignInPassword, &cofferv1.SignInPasswordRequest{Handle: "alice", Stretched: m.Stretched}).GetToken()
	if c := call(w, w.client(withPassword).GetChain, &cofferv1.GetChainRequest{FromSeq: 2}); c.GetResetMs() != 0 {
		t.Error("the password alone is told")
	}
	w.refused(try(w, w.resets(withPassword).GetReset, &cofferv1.GetResetRequest{}), forbidden)
	stop := &cofferv1.StopResetRequest{AskedMs: asked.GetAskedMs()}
	w.refused(try(w, w.resets(withPassword).StopReset, stop), forbidden)
	w.refused(try(w, nobody.StopReset, stop), noSession)
	w.refused(try(w, w.resets(bob.first.token).StopReset, stop), notFound)
	w.refused(try(w, hers.StopReset, &cofferv1.StopResetRequest{AskedMs: 1}), notFound)
	call(w, hers.StopReset, stop)
	w.refused(try(w, nobody.ResetAccount, m), forbidden)
	w.clock.Add(time.Hour)
	call(w, alice.first.SetPassword, passwordOf("right"))

	// With another new account the waiting time begins anew.
	call(w, nobody.ResetAccount, m)
	w.clock.Add(6 * 24 * time.Hour)
	other := w.successor("alice")
	other.Stretched = m.Stretched
	call(w, nobody.ResetAccount, other)
	w.clock.Add(2 * 24 * time.Hour)
	m.Stretched, other.Stretched = nil, nil
	w.refused(try(w, nobody.ResetAccount, m), forbidden)
	if r := call(w, nobody.ResetAccount, other); r.Statement != nil {
		t.Error("carried out too early")
	}
	w.clock.Add(week)
	done := call(w, nobody.ResetAccount, other)
	r, err := account.ParseReset(done.GetStatement())
	w.ok(err)
	if r.Old != id || r.By != account.ResetByPassword {
		t.Errorf("%+v", r)
	}
	if again := call(w, nobody.ResetAccount, other); !bytes.Equal(again.Statement, done.Statement) {
		t.Error("asked again: another statement")
	}
	w.refused(try(w, nobody.ResetAccount, m), forbidden) // it is the new account's now, which has no password
	if a := call(w, bob.first.Resolve, &cofferv1.ResolveRequest{Handle: "alice"}); !bytes.Equal(a.Account, r.New[:]) {
		t.Error("the handle did not move")
	}
	for _, q := range []*cofferv1.ListResetsRequest{{Handle: "alice"}, {Accounts: [][]byte{id[:]}}} {
		if l := call(w, nobody.ListResets, q); len(l.Statements) != 1 || !bytes.Equal(l.Statements[0], done.Statement) {
			t.Errorf("listed %d", len(l.Statements))
		}
	}
	if l := call(w, nobody.ListResets, &cofferv1.ListResetsRequest{Handle: "bob", Accounts: [][]byte{r.New[:]}}); len(l.Statements) != 0 {
		t.Error("others were reset, too")
	}

	// The old account's sessions are over; a new one reads, and changes nothing.
	w.refused(try(w, alice.first.GetChain, &cofferv1.GetChainRequest{}), noSession)
	old := alice.signIn(alice.first.secret)
	call(w, old.GetChain, &cofferv1.GetChainRequest{FromSeq: 1})
	call(w, old.convos.ListConversations, &cofferv1.ListConversationsRequest{})
	w.refused(try(w, old.convos.PostMessage, &cofferv1.PostMessageRequest{}), forbidden)
	w.refused(try(w, cofferv1connect.NewEphemeralServiceClient(&http.Client{Transport: bearer{old.token, w.http.Transport}}, w.url).SendEphemeral, &cofferv1.SendEphemeralRequest{}), forbidden)
	w.refused(try(w, old.convos.CreateConversation, &cofferv1.CreateConversationRequest{}), forbidden)
	w.refused(try(w, w.resets(old.token).StopReset, &cofferv1.StopResetRequest{AskedMs: r.Asked}), forbidden)
	if s := call(w, w.resets(old.token).GetReset, &cofferv1.GetResetRequest{}); !bytes.Equal(s.Statement, done.Statement) {
		t.Error("the old account is not told")
	}
}

// TestOperatorsReset: the operator's code serves once it is due, and what the
// password asks for does not replace it.
func TestOperatorsReset(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	call(w, alice.first.SetPassword, passwordOf("right"))
	nobody := w.resets("")
	m := w.successor("alice")
	m.Stretched = passwordOf("right").Stretched
	call(w, nobody.ResetAccount, m)
	_, _, err := server.AskReset(t.Context(), w.store, "nobody", w.clock.Now(), false)
	if err != server.ErrNoHandle {
		t.Errorf("of nobody: %v", err)
	}
	code, due, err := server.AskReset(t.Context(), w.store, "alice", w.clock.Now(), false)
	w.ok(err)
	if due.Sub(w.clock.Now()) != week {
		t.Errorf("due %v", due)
	}
	w.refused(try(w, nobody.ResetAccount, m), forbidden)
	m.Stretched = nil
	m.Code = "not-the-code"
	w.refused(try(w, nobody.ResetAccount, m), forbidden)
	m.Code = code
	if r := call(w, nobody.ResetAccount, m); r.Statement != nil || r.GetDueMs() != uint64(due.UnixMilli()) {
		t.Errorf("asked: %v", r)
	}
	call(w, w.resets(alice.first.token).StopReset, &cofferv1.StopResetRequest{AskedMs: call(w, nobody.ResetAccount, m).GetAskedMs()})
	w.clock.Add(week)
	w.refused(try(w, nobody.ResetAccount, m), forbidden)

	if code, _, err = server.AskReset(t.Context(), w.store, "alice", w.clock.Now(), true); err != nil {
		t.Fatal(err)
	}
	m.Code = code
	r, err := account.ParseReset(call(w, nobody.ResetAccount, m).GetStatement())
	w.ok(err)
	if r.By != account.ResetByOperator {
		t.Errorf("by %v", r.By)
	}
	w.refused(try(w, w.resets(alice.first.token).GetReset, &cofferv1.GetResetRequest{}), noSession)
}

// TestResetLapses: what was asked for and not carried out is over thirty days after
// it was due, the operator's code as well.
func TestResetLapses(t *testing.T) {
	w := newWorld(t)
	alice := w.register("alice")
	call(w, alice.first.SetPassword, passwordOf("right"))
	nobody := w.resets("")
	m := w.successor("alice")
	m.Stretched = passwordOf("right").Stretched
	asked := call(w, nobody.ResetAccount, m)
	w.clock.Add(week + 31*24*time.Hour)
	again := alice.signIn(alice.first.secret)
	if r := call(w, w.resets(again.token).GetReset, &cofferv1.GetResetRequest{}); r.AskedMs != 0 {
		t.Errorf("still asked for: %v", r)
	}
	w.refused(try(w, w.resets(again.token).StopReset, &cofferv1.StopResetRequest{AskedMs: asked.AskedMs}), notFound)
	m.Stretched = nil
	w.refused(try(w, nobody.ResetAccount, m), forbidden)
	m.Stretched = passwordOf("right").Stretched
	if r := call(w, nobody.ResetAccount, m); r.Statement != nil || r.AskedMs == asked.AskedMs {
		t.Errorf("asked anew: %v", r)
	}

	code, _, err := server.AskReset(t.Context(), w.store, "alice", w.clock.Now(), true)
	w.ok(err)
	w.clock.Add(31 * 24 * time.Hour)
	m.Stretched, m.Code = nil, code
	w.refused(try(w, nobody.ResetAccount, m), forbidden)
}

// TestResetToFormer: a handle goes to an account that is made for it, not back to
// one that had it before.
func TestResetToFormer(t *testing.T) {
	w := newWorld(t)
	g, _, _ := w.genesis("alice")
	call(w, w.client("").Register, g)
	former := &cofferv1.ResetAccountRequest{Genesis: g.GetGenesis(), SealedRoots: g.GetSealedRoots()}
	nobody := w.resets("")
	take := func(m *cofferv1.ResetAccountRequest) error {
		code, _, err := server.AskReset(t.Context(), w.store, "alice", w.clock.Now(), true)
		w.ok(err)
		m.Code = code
		return try(w, nobody.ResetAccount, m)
	}
	w.ok(take(w.successor("alice")))
	w.refused(take(former), exists)
	w.ok(take(w.successor("alice")))
}
