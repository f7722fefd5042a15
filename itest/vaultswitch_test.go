package itest

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	clientstore "github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// vault turns a device's account's vault on or off, and fails the test unless
// that took effect everywhere.
func (d *device) vault(on bool) {
	d.w.tb.Helper()
	v, err := d.SetVault(d.w.ctx, on)
	d.w.must(err)
	if v.On != on || v.Pending != 0 {
		d.w.tb.Errorf("%s: %+v", d.name, v)
	}
}

// talk returns a device's one conversation.
func (d *device) talk() client.Conversation {
	d.w.tb.Helper()
	list, err := d.List(d.w.ctx)
	d.w.must(err)
	if len(list) != 1 {
		d.w.tb.Fatalf("%s: %d conversations, want one", d.name, len(list))
	}
	return list[0]
}

// readable returns the texts that a device can show.
func (d *device) readable(with string) string {
	var out []string
	for _, line := range d.texts(with) {
		if !strings.HasSuffix(line, ": ") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// deposits returns for whom the server holds deposits, by MLS epoch.
func (w *world) deposits(id convo.ID) map[uint64][]account.ID {
	w.tb.Helper()
	db, err := sqlstore.OpenSQLiteReadOnly(w.ctx, filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	defer db.Close()
	out := map[uint64][]account.ID{}
	w.must(db.ViewConversation(w.ctx, id, func(v store.ConversationView) error {
		c, err := v.Conversation()
		for n := uint64(1); err == nil && n <= c.Epoch; n++ {
			var list []store.Deposit
			list, err = v.Deposits(0, n)
			out[n] = nil
			for _, d := range list {
				out[n] = append(out[n], d.Account)
			}
		}
		return err
	}))
	return out
}

// TestVaultOff: what is sent after the vault was turned off is not in the restored
// history, whoever has the vault's root and all of the server's database; what was
// sent before is, and what is sent after it was turned on again.
func TestVaultOff(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "kept")
	bob.say("alice", "kept, too")
	alice.vault(false)
	_, err = alice.SetVault(w.ctx, false)
	w.refused(err, fault.KindUsage)
	bob.sync()
	bob.say("alice", "for your phone alone")
	alice.sync()
	alice.say("bob", "from my phone alone")
	alice.sees("bob", "alice: kept", "bob: kept, too", "bob: for your phone alone", "alice: from my phone alone")

	c := alice.talk()
	a, b := w.idOf("alice"), w.idOf("bob")
	if !slices.Equal(c.KeepsHistory, []account.ID{b}) {
		t.Errorf("who keeps history: %v, want bob alone", c.KeepsHistory)
	}
	epochs := w.deposits(c.ID)
	if last := epochs[uint64(len(epochs))]; slices.Contains(last, a) || !slices.Contains(last, b) || !slices.Contains(epochs[1], a) {
		t.Errorf("deposits: %v, want alice's in the first epoch and not in the last", epochs)
	}
	if s, err := bob.Safety(w.ctx, "alice"); err != nil || s.KeepsHistory {
		t.Errorf("bob is told %+v, %v", s, err)
	}

	thief, r, err := w.restoreCode("alice", code)
	w.must(err)
	if got := thief.readable("bob"); got != "alice: kept\nbob: kept, too" {
		t.Errorf("the code brings back:\n%s", got)
	}
	if len(r.Gaps) != 0 {
		t.Errorf("what was never to be kept is no gap: %v", r.Gaps)
	}
	alice.vault(true)
	bob.sync()
	bob.say("alice", "kept again")
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	if got := again.readable("bob"); got != "alice: kept\nbob: kept, too\nbob: kept again" {
		t.Errorf("after the vault is on again, the code brings back:\n%s", got)
	}
	bob.sees("alice", "alice: kept", "bob: kept, too", "bob: for your phone alone", "alice: from my phone alone", "bob: kept again")
}

// TestVaultOffIsCoveredByOthers: the device that turned the vault off cannot reach
// its conversations; who knows of it commits before the next message.
func TestVaultOffIsCoveredByOthers(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "kept")
	bob.sync()
	l := w.liar()
	fake(l, "PostCommit", func(*pb.PostCommitRequest) *pb.PostCommitResponse { panic(http.ErrAbortHandler) })
	v, err := alice.SetVault(w.ctx, false)
	if l.honest(); err != nil || v.Pending != 1 {
		t.Fatalf("%+v, %v, want one pending", v, err)
	}
	_, err = bob.Safety(w.ctx, "alice") // he hears of it
	w.must(err)
	bob.say("alice", "not kept")
	thief, _, err := w.restoreCode("alice", code)
	w.must(err)
	if got := thief.readable("bob"); got != "alice: kept" {
		t.Errorf("the code brings back:\n%s", got)
	}
	alice.sync()
	alice.sees("bob", "alice: kept", "bob: not kept")
}

// TestVaultOffDevices: with the vault off the account's devices are let into its
// conversations by one another, and into new ones.
func TestVaultOffDevices(t *testing.T) {
	w := newWorld(t)
	phone, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := phone.AddCode(w.ctx)
	w.must(err)
	phone.say("bob", "kept")
	tablet, _, err := w.restoreCode("alice", code) // reads by the vault, is no member
	w.must(err)
	phone.vault(false)
	bob.sync()
	bob.say("alice", "one")
	tablet.sync()
	tablet.sees("bob", "alice: kept", "bob: one")

	laptop, _, err := w.restoreCode("alice", code) // comes when the vault is off
	w.must(err)
	phone.sync()
	bob.sync()
	bob.say("alice", "two")
	carol.say("alice", "we have not met")
	for _, d := range []*device{phone, tablet, laptop} {
		d.sync()
		if got := d.texts("bob"); got[len(got)-1] != "bob: two" {
			t.Errorf("%s sees %q", d.name, got)
		}
		d.sees("carol", "carol: we have not met")
	}
	laptop.say("bob", "three")
	bob.sync()
	if got := bob.texts("alice"); got[len(got)-1] != "alice: three" {
		t.Errorf("bob sees %q", got)
	}
}

// TestVaultOffForgets: where nobody's vault is on, a device keeps no key of an
// epoch that is over: a thief who copies it later, and all that the server ever
// had, cannot open a message that the device no longer shows.
func TestVaultOffForgets(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	alice.say("bob", "kept")
	bob.vault(false)
	alice.sync()
	alice.vault(false)
	bob.sync()
	m := bob.say("alice", "burn this")
	alice.sync()
	w.must(alice.DeleteForMe(w.ctx, m.ID.String()))
	if c := alice.talk(); len(c.KeepsHistory) != 0 {
		t.Fatalf("who keeps history: %v, want nobody", c.KeepsHistory)
	}
	now := w.epochSecrets(alice)
	// The epoch is ended by a commit that lets nobody in late.
	alice.vault(true)
	alice.vault(false)
	alice.sync()
	after := w.epochSecrets(alice)
	gone := 0
	for n, secret := range now {
		if secret == "" {
			continue
		}
		if after[n] == "" {
			gone++
		}
		if after[n] == "" && w.holds(alice, []byte(secret)) {
			t.Errorf("the device still holds the secrets of epoch %s", n)
		}
	}
	if gone == 0 {
		t.Errorf("no epoch was forgotten of %d", len(now))
	}
	bob.sync()
	bob.say("alice", "and on")
	alice.sync()
	alice.sees("bob", "alice: kept", "bob: and on")
}

// opened opens a device's store as a thief with its key file does.
func (w *world) opened(d *device) clientstore.Store {
	w.tb.Helper()
	s, err := sealed.Open(w.ctx, d.store, d.key, rand.Reader)
	w.must(err)
	return s
}

// epochSecrets returns the last 32 bytes of each epoch that a device keeps secrets
// of (its join key), "" for one without, by the row's key. With secrets a row ends
// in a 1, two secrets of 32 bytes behind their length, and the join key.
func (w *world) epochSecrets(d *device) map[string]string {
	w.tb.Helper()
	const tail = 1 + 33 + 33 + 32
	out := map[string]string{}
	w.must(w.opened(d).Scan(w.ctx, clientstore.Table("ce").Range(), func(key, value []byte) error {
		out[string(key)] = ""
		if end := value[max(len(value)-tail, 0):]; len(end) == tail && end[0] == 1 && end[1] == 32 && end[34] == 32 {
			out[string(key)] = string(end[67:])
		}
		return nil
	}))
	return out
}

// holds reports whether any value of a device's store holds these bytes.
func (w *world) holds(d *device, needle []byte) bool {
	w.tb.Helper()
	found := false
	w.must(w.opened(d).Scan(w.ctx, clientstore.Range{}, func(_, value []byte) error {
		found = found || bytes.Contains(value, needle)
		return nil
	}))
	return found
}
