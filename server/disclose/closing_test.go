package disclose_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
)

// TestClosed: the end of an account is disclosed while the server erases, and after.
func TestClosed(t *testing.T) {
	f := newFixture(t)
	row := store.Closing{ClosedMS: f.ms(), Counts: []account.Erased{{Kind: account.KeptMessages, Count: 3}}}
	f.update(f.alice, func(tx store.AccountTx) error { return tx.PutClosing(row) })
	d := f.disclose("alice")
	if d.Closing.Count != 1 || !d.Closing.List[0].Erased.IsZero() || d.Closing.List[0].Counts["keptMessages"] != 3 {
		t.Errorf("while erasing: %+v", d.Closing)
	}
	if out := page(t, d); !bytes.Contains(out, []byte("not yet")) || !bytes.Contains(out, []byte("3 messages of this person")) {
		t.Errorf("the page does not show it:\n%s", out)
	}
	r := &account.Receipt{Host: host, Handle: "alice", Account: f.alice.id(), Head: f.alice.Chain.Head(), Time: f.ms(), Lines: row.Counts}
	account.SignReceipt(r, ed25519.NewKeyFromSeed(make([]byte, 32)))
	row.Receipt = r.Marshal()
	f.update(f.alice, func(tx store.AccountTx) error { return tx.PutClosing(row) })
	after := f.disclose("alice")
	if after.Closing.List[0].Erased != r.ErasedTime() || after.Closing.Bytes != d.Closing.Bytes+int64(len(row.Receipt)) {
		t.Errorf("after erasing: %+v", after.Closing)
	}
}
