package push

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// between is a store in which something happens right after an account was read.
type between struct {
	store.Store
	reads int
	then  func()
}

func (b *between) ViewAccount(ctx context.Context, id account.ID, fn func(store.AccountView) error) error {
	err := b.Store.ViewAccount(ctx, id, fn)
	b.reads++
	if b.then != nil {
		b.then()
	}
	return err
}

// TestNobodyToWake: accounts without a subscription are read once, and again when
// there is one, even if it comes just when they are read.
func TestNobodyToWake(t *testing.T) {
	db, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "coffer.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id, device := account.ID{1}, account.KeyholderID{2}
	update := func(f func(store.AccountTx) error) {
		t.Helper()
		if err := db.UpdateAccount(t.Context(), id, f); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx store.AccountTx) error {
		return errors.Join(tx.Create(store.Account{Handle: "alice"}), tx.AppendChain(1, []byte{1}, nil))
	})
	s := &between{Store: db}
	p, err := New(t.Context(), s, slog.New(slog.DiscardHandler), Options{})
	if err != nil {
		t.Fatal(err)
	}
	hear := func(reads, planned int) {
		t.Helper()
		p.News(id, High)
		p.read(t.Context())
		if s.reads != reads || len(p.plan.devices) != planned {
			t.Errorf("read %d times, want %d; %d planned, want %d", s.reads, reads, len(p.plan.devices), planned)
		}
	}
	subscribe := func() {
		update(func(tx store.AccountTx) error {
			return tx.PutPushSubscription(store.PushSubscription{Device: device, Endpoint: here})
		})
		p.Subscribed(id)
	}
	s.then = subscribe // too late for this news, and in time for the next
	hear(1, 0)
	s.then = nil
	hear(2, 1)
	update(func(tx store.AccountTx) error { return tx.DropPushSubscription(device, "") })
	clear(p.plan.devices)
	hear(3, 0)
	hear(3, 0)
	subscribe()
	hear(4, 1)
}
