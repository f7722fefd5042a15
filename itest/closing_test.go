package itest

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/disclose"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// disclosed is what the operator can print about a person.
func (w *world) disclosed(handle string) *disclose.Disclosure {
	w.tb.Helper()
	db, err := sqlstore.OpenSQLiteReadOnly(w.ctx, filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	defer db.Close()
	d, err := disclose.Of(w.ctx, db, handle, w.now(), disclose.Place{})
	w.must(err)
	return d
}

// happened reports whether a conversation shows that something happened.
func (d *device) happened(with, what string) bool {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, with, client.Page{})
	d.w.must(err)
	for _, m := range h {
		if m.Event == what {
			return true
		}
	}
	return false
}

// TestCloseAccount: an account with two devices, a PIN, a code and a cloud key, in
// conversations of two and in a group, is closed. The server keeps its chain and
// what others claim, and signs for the rest; others keep their history, also when
// they restore it, see what happened, and cannot send to it.
func TestCloseAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	bobs, _, err := bob.AddCode(w.ctx)
	w.must(err)
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	_, err = alice.AddPIN(w.ctx, client.PINOptions{PIN: []byte(testPIN), Password: []byte(testPassword)})
	w.must(err)
	cloud := t.TempDir()
	_, err = alice.AddCloud(w.ctx, client.CloudOptions{Place: cloud})
	w.must(err)
	laptop, _, err := w.restoreCode("alice", code)
	w.must(err)
	_, err = alice.GroupCreate(w.ctx, "tea", []string{"bob", "carol"})
	w.must(err)
	alice.say("#tea", "zyzzyva")
	_, err = alice.Send(w.ctx, "bob", client.Outgoing{Text: "numbats", Files: []client.File{{
		Name: "wombats.txt", Size: 3000, Content: bytes.NewReader(make([]byte, 3000)),
	}}})
	w.must(err)
	gone := alice.say("bob", "released by bob")
	bob.fresh("alice")
	sealed := alice.ciphertext(gone)
	w.must(bob.DeleteForMe(w.ctx, gone.ID.String()))
	bob.say("alice", "and back")
	carol.fresh("#tea")
	alice.sync()
	laptop.fresh("bob")
	if n := w.blobs(); n != 1 {
		t.Fatalf("the server has %d files, want 1", n)
	}

	end, err := alice.CloseAccount(w.ctx)
	w.must(err)
	if len(end.LeftOver) > 0 {
		t.Errorf("left over: %q", end.LeftOver)
	}
	counts := map[string]uint64{}
	for _, x := range end.Receipt.Lines {
		counts[x.Kind.String()] = x.Count
	}
	for _, kind := range []string{"privateLog", "sealedRoots", "deposits", "messages", "keyPackages", "sessions", "password", "recovery", "conversations", "keptMessages", "keptChain"} {
		if counts[kind] == 0 {
			t.Errorf("the receipt counts no %s: %v", kind, counts)
		}
	}
	if counts["messages"] != 1 || counts["conversations"] != 2 {
		t.Errorf("the receipt counts %v", counts)
	}
	again, err := alice.CloseAccount(w.ctx)
	w.must(err)
	if !bytes.Equal(again.Raw, end.Raw) {
		t.Error("closing again gives another receipt")
	}

	// The operator has the chain, and nothing else.
	d := w.disclosed("alice")
	if d.Chain.Count == 0 || d.Bytes != d.Chain.Bytes+d.Identity.Bytes+d.Closing.Bytes || d.Closing.Count != 1 {
		t.Errorf("the server still holds %d bytes beside the chain's %d, the handle's %d and the receipt's %d", d.Bytes, d.Chain.Bytes, d.Identity.Bytes, d.Closing.Bytes)
	}
	w.eventually("what nobody claims is erased", func() bool { return !w.onServer(sealed) })
	if n := w.blobs(); n != 0 {
		t.Errorf("the server has %d files left", n)
	}
	if files, err := os.ReadDir(cloud); err != nil || len(files) > 0 {
		t.Errorf("the cloud has %d files left, %v", len(files), err)
	}

	// Nothing opens the account any more.
	var refused *fault.Error
	_, err = alice.Send(w.ctx, "bob", client.Outgoing{Text: "once more"})
	if !errors.Is(err, client.ErrAccountClosed) || !errors.As(err, &refused) {
		t.Errorf("sending from the closed account: %v", err)
	}
	if _, err = laptop.Sync(w.ctx); !errors.Is(err, client.ErrAccountClosed) {
		t.Errorf("the other device syncs: %v", err)
	}
	laptop.sees("bob", "alice: numbats", "alice: released by bob", "bob: and back") // what it has stays readable
	if _, _, err := w.restoreCode("alice", code); err == nil {
		t.Error("the code still restores the account")
	}
	if err := w.device("alice again").Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: "alice"}); err == nil {
		t.Error("somebody else got the handle")
	}

	// The others keep what they have.
	bob.sync()
	carol.sync()
	if !bob.happened("alice", "closed") || !bob.happened("#tea", "left") || !bob.conversation("alice").Closed {
		t.Error("bob does not see that the account was closed")
	}
	bob.sees("alice", "alice: numbats", "bob: and back")
	_, err = bob.Send(w.ctx, "alice", client.Outgoing{Text: "anybody there?"})
	if e := w.refused(err, fault.KindRefused); !strings.Contains(e.Message, "closed the account") {
		t.Errorf("sending to the closed account: %s", e.Message)
	}
	bob.sync() // nothing is left in the outbox
	dora := w.register("dora")
	_, err = dora.Send(w.ctx, "alice", client.Outgoing{Text: "hello"})
	w.refused(err, fault.KindRefused)
	_, err = dora.GroupCreate(w.ctx, "late", []string{"alice"})
	w.refused(err, fault.KindRefused)
	bob.say("#tea", "onwards")
	carol.fresh("#tea")
	carol.sees("#tea", "alice: zyzzyva", "bob: onwards")
	if n := len(carol.conversation("#tea").Participants); n != 2 {
		t.Errorf("the group has %d participants, want 2", n)
	}
	restored, report, err := w.restoreCode("bob", bobs)
	w.must(err)
	if !report.Intact() {
		t.Errorf("bob's restore has gaps: %+v", report.Gaps)
	}
	restored.sees("alice", "alice: numbats", "bob: and back")
	restored.sees("#tea", "alice: zyzzyva", "bob: onwards")
}

// TestCloseAccountBothSides: when the last who claims a message has closed the
// account too, the message goes.
func TestCloseAccountBothSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	sealed := alice.ciphertext(alice.say("bob", "between us"))
	bob.fresh("alice")
	_, err := alice.CloseAccount(w.ctx)
	w.must(err)
	if !w.onServer(sealed) {
		t.Fatal("bob's claim was ignored")
	}
	bob.sees("alice", "alice: between us")
	_, err = bob.CloseAccount(w.ctx)
	w.must(err)
	w.eventually("the message is erased", func() bool { return !w.onServer(sealed) })
	bob.sees("alice", "alice: between us") // on the device it stays
}

// TestCloseAccountCutShort: whichever call is cut off on its way to the server or
// back, the device goes on when it is called again, from its store alone.
func TestCloseAccountCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var left atomic.Int64 // calls that work; what comes then is cut off
	var lose atomic.Bool  // after the server has carried it out
	left.Store(1 << 40)
	w.wrap = func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if left.Add(-1) >= 0 {
				h.ServeHTTP(rw, r)
				return
			}
			if lose.Load() {
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
			rw.WriteHeader(http.StatusServiceUnavailable)
		})
	}
	w.restart()
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "hello")
	_, err := alice.GroupCreate(w.ctx, "tea", []string{"bob"})
	w.must(err)
	cuts := 0
	for n := int64(0); ; n++ {
		lose.Store(n%2 == 1)
		left.Store(n / 2)
		end, err := alice.CloseAccount(w.ctx)
		left.Store(1 << 40)
		if err == nil {
			if _, err := account.ParseReceipt(end.Raw); err != nil {
				t.Error(err)
			}
			break
		}
		w.refused(err, fault.KindUnreachable)
		alice.open()
		if cuts++; cuts > 200 {
			t.Fatal("it does not come to an end")
		}
	}
	if cuts < 6 {
		t.Errorf("only %d calls were cut off", cuts)
	}
	bob.sync()
	if !bob.happened("alice", "closed") {
		t.Error("bob does not see the end")
	}
	if d := w.disclosed("alice"); d.Bytes != d.Chain.Bytes+d.Identity.Bytes+d.Closing.Bytes {
		t.Errorf("the server still holds %d bytes", d.Bytes)
	}
}

// TestCloseAccountHostile: a server cannot close an account, nor pass off another
// receipt; who is no device of the account cannot have it closed.
func TestCloseAccountHostile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")

	w.wrap = func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/CloseAccount") {
				h.ServeHTTP(rw, r)
				return
			}
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			body := answer.Body.Bytes()
			if len(body) > 40 {
				body[len(body)-40] ^= 1 // in the receipt's signature
			}
			rw.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
			rw.WriteHeader(answer.Code)
			_, _ = rw.Write(body) // to a device that is there
		})
	}
	w.restart()
	_, err := alice.CloseAccount(w.ctx)
	if e := w.refused(err, fault.KindIntegrity); e.Promise != fault.PromiseDeleted {
		t.Errorf("a false receipt breaks the promise %q", e.Promise)
	}
	w.wrap = nil
	w.restart()
	time.Sleep(time.Millisecond)
	_, err = alice.CloseAccount(w.ctx)
	w.must(err)
}
