package disclose_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// TestResets: what is held of a reset is disclosed at each step, and an account that
// lost its handle is disclosed by its id.
func TestResets(t *testing.T) {
	f := newFixture(t)
	row := store.Reset{AskedMS: f.ms(), DueMS: f.ms() + 1000, By: account.ResetByPassword, Successor: account.ID{7}}
	put := func(want string) {
		t.Helper()
		f.update(f.alice, func(tx store.AccountTx) error { return tx.PutReset(row) })
		for _, name := range []string{"alice", f.alice.id().String()} {
			d := f.disclose(name)
			if d.Resets.Count != 1 || d.Resets.List[0].State != want || d.Resets.List[0].Other != row.Successor.String() || d.Resets.Bytes == 0 {
				t.Errorf("%s: %+v, want %s", name, d.Resets, want)
			}
			if out := page(t, d); !bytes.Contains(out, []byte(want)) {
				t.Errorf("the page does not show it:\n%s", out)
			}
		}
	}
	put("asked")
	row.StoppedMS = f.ms()
	put("stopped")
	r := &account.Reset{Host: host, Handle: "alice", Old: f.alice.id(), New: account.ID{7}, By: row.By, Asked: 1, Done: 2, Kept: 3}
	account.SignReset(r, ed25519.NewKeyFromSeed(make([]byte, 32)))
	row.StoppedMS, row.Statement, row.EraseMS = 0, r.Marshal(), 3
	put("done")
	row.Erased = true
	put("erased")

	r.Old, r.New = account.ID{7}, f.alice.id()
	account.SignReset(r, ed25519.NewKeyFromSeed(make([]byte, 32)))
	f.update(f.alice, func(tx store.AccountTx) error { return errors.Join(tx.PutSucceeds(r.Marshal())) })
	d := f.disclose("alice")
	if d.Resets.Count != 2 || d.Resets.List[1].State != "succeeds" || !strings.Contains(string(page(t, d)), "cofferd disclose "+r.Old.String()) {
		t.Errorf("%+v", d.Resets)
	}
}
