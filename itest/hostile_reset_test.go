package itest

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// newAlice makes an account with alice's handle, as anybody can.
func (w *world) newAlice() *account.Update {
	w.tb.Helper()
	k, err := account.GenerateKeyholder(rand.Reader)
	w.must(err)
	u, err := account.NewGenesis(rand.Reader, w.now(), "alice", "coffer.example", k, "a phone")
	w.must(err)
	return u
}

// TestHostileReset: a server that makes up a reset, with an account of its own and
// all that belongs to it, gets nothing: its statement is told to the person, and
// nothing goes to either account until the person agrees. One that contradicts
// itself, or names an account without the handle, is refused.
func TestHostileReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	alice.say("bob", "hello")
	bob.say("alice", "hello")
	was, err := bob.Safety(w.ctx, "alice")
	w.must(err)
	old, err := account.ParseID(was.Account)
	w.must(err)
	who, err := mallory.Whoami(w.ctx)
	w.must(err)
	hers, err := account.ParseID(who.Account)
	w.must(err)

	l := w.liar()
	invented := w.newAlice()
	now := uint64(w.now().UnixMilli())
	statement := func(key ed25519.PrivateKey, change func(*account.Reset)) []byte {
		r := &account.Reset{
			Host: "coffer.example", Handle: "alice", Old: old, New: invented.Chain.ID(), By: account.ResetByPassword, Asked: now, Done: now, Kept: now,
		}
		change(r)
		account.SignReset(r, key)
		return r.Marshal()
	}
	_, other, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	// What the server has invented is in its store, as a server can do.
	db, err := sqlstore.OpenSQLite(w.ctx, filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	w.must(db.UpdateAccount(w.ctx, invented.Chain.ID(), func(tx store.AccountTx) error {
		return errors.Join(tx.Create(store.Account{Handle: "alice"}), tx.AppendChain(1, invented.Entry.Marshal(), nil))
	}))
	w.must(db.Close())
	// tell has the server tell bob of resets, and returns what bob's sync says then.
	tell := func(list ...[]byte) error {
		_, err := alice.Send(w.ctx, "bob", client.Outgoing{Text: "more"})
		w.must(err)
		told := make(chan struct{}, 1)
		spoil(l, "ListConversations", func(_ *pb.ListConversationsRequest, a *pb.ListConversationsResponse) {
			for _, c := range a.Conversations {
				c.Resets = list
				select {
				case told <- struct{}{}:
				default:
				}
			}
		})
		for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
			_, err := bob.Sync(w.ctx)
			select {
			case <-told:
				return err
			default:
			}
		}
		w.tb.Fatal("bob has not heard of a new message")
		return nil
	}
	for name, bad := range map[string][]byte{
		"another key":    statement(other, func(*account.Reset) {}),
		"another host":   statement(l.server, func(r *account.Reset) { r.Host = "other.example" }),
		"another handle": statement(l.server, func(r *account.Reset) { r.New = hers }),
		"of mallory":     statement(l.server, func(r *account.Reset) { r.Old, r.Handle = hers, "alice" }),
		"damaged":        statement(l.server, func(*account.Reset) {})[:100],
	} {
		err := tell(bad)
		if fault.KindOf(err) != fault.KindIntegrity {
			t.Errorf("%s: %v", name, err)
		}
		l.honest()
		bob.sync()
	}
	if list, err := bob.Notices(w.ctx); err != nil || len(list) != 0 {
		t.Errorf("notices %v, %v", list, err)
	}

	w.must(tell(statement(l.server, func(*account.Reset) {})))
	if got := bob.heardOf(client.NoticeContact); !slices.Equal(got, []string{"alice"}) {
		t.Fatalf("bob heard %v", got)
	}
	_, err = bob.Send(w.ctx, "alice", client.Outgoing{Text: "for alice alone"})
	w.refused(err, fault.KindRefused)
	if s, err := bob.Safety(w.ctx, "alice"); err != nil || s.Number != was.Number {
		t.Errorf("another account passes for alice: %v", err)
	}
	w.must(bob.Typing(w.ctx, "alice"))
	bob.sync() // what is kept back is no failure
	// The person, who has asked alice, need not believe it.
	_, err = bob.RefuseReset(w.ctx, "alice")
	w.must(err)
	bob.say("alice", "are you there?")
	if c := bob.conversation("alice"); !c.Reset.IsZero() {
		t.Error("the conversation still says that alice has another account")
	}
	_, err = bob.RefuseReset(w.ctx, "mallory")
	w.refused(err, fault.KindUsage)
	err = tell(statement(l.server, func(r *account.Reset) { r.Done++; r.Kept++ }))
	w.misbehaved(err, fault.PromiseProved)
}
