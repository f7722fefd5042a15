package server_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"net/http/httptest"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/bus"
	"github.com/coffer-chat/coffer/server/bus/local"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// TestConfig: what New refuses, and what it keeps.
func TestConfig(t *testing.T) {
	dir := t.TempDir()
	db, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(dir, "coffer.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	blobs, err := fs.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	try := func(c server.Config) (*server.Server, error) { return server.New(t.Context(), c) }
	for name, c := range map[string]server.Config{
		"nothing":         {},
		"no blobs":        {Store: db, Host: testHost},
		"no host":         {Store: db, Blobs: blobs},
		"bad host":        {Store: db, Blobs: blobs, Host: "Not A Host"},
		"bad policy":      {Store: db, Blobs: blobs, Host: testHost, Registration: "maybe"},
		"host with slash": {Store: db, Blobs: blobs, Host: "http://chat.example/"},
	} {
		if _, err := try(c); !errors.Is(err, server.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	first, err := try(server.Config{Store: db, Blobs: blobs, Host: testHost})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := try(server.Config{Store: db, Blobs: blobs, Host: "other.example"}); !errors.Is(err, server.ErrHost) {
		t.Errorf("another host: %v", err)
	}
	again, err := try(server.Config{Store: db, Blobs: blobs})
	if err != nil {
		t.Fatal(err)
	}
	key, err := server.ServerKey(t.Context(), db)
	if again.Host() != testHost || !again.Key().Equal(first.Key()) || err != nil || !key.Equal(first.Key()) {
		t.Error("host and key are not kept")
	}
	if err := again.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestShutdown: calls that wait are answered when the server ends.
func TestShutdown(t *testing.T) {
	b := &heard{Bus: local.New(), subscribed: make(chan struct{}, 2)}
	w := newWorld(t, func(c *server.Config) { c.Bus = b })
	alice := w.register("alice")
	cursor := call(w, alice.first.Wait, &cofferv1.WaitRequest{}).GetCursor()
	<-b.subscribed
	answered := make(chan error, 1)
	go func() {
		r, err := alice.first.Wait(context.Background(), req(&cofferv1.WaitRequest{Cursor: cursor, TimeoutMs: 20_000}))
		if err == nil && r.Msg.GetCursor() != cursor {
			err = errors.New("the cursor moved")
		}
		answered <- err
	}()
	<-b.subscribed
	began := time.Now()
	w.stop()
	if err := <-answered; err != nil || time.Since(began) > 15*time.Second {
		t.Error(err, time.Since(began))
	}
}

// heard is a bus that tells of each call that waits.
type heard struct {
	bus.Bus
	subscribed chan struct{}
}

func (h *heard) Subscribe(id account.ID) (<-chan struct{}, func()) {
	woken, end := h.Bus.Subscribe(id)
	h.subscribed <- struct{}{}
	return woken, end
}

// TestOutboxAfterCrash: what an earlier process left in the outbox is carried out.
func TestOutboxAfterCrash(t *testing.T) {
	dir := t.TempDir()
	w := openWorld(t, dir)
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	waitFor(t, func() bool {
		return len(call(w, bob.first.Wait, &cofferv1.WaitRequest{}).GetConversations()) == 1
	})
	w.stop()

	// A message whose process died before it told anybody.
	db, err := sqlstore.OpenSQLite(t.Context(), filepath.Join(dir, "coffer.db"))
	w.ok(err)
	w.ok(db.UpdateConversation(t.Context(), x.id, func(tx store.ConversationTx) error {
		c, err := tx.Conversation()
		if err != nil {
			return err
		}
		c.Head.Seq, c.AcceptedMS = 77, c.AcceptedMS+1
		return errors.Join(tx.SetConversation(c), tx.Wake())
	}))
	w.ok(db.Close())

	again := openWorld(t, dir)
	waitFor(t, func() bool {
		var row store.ConversationIndex
		err := again.store.ViewAccount(t.Context(), bob.id(), func(v store.AccountView) (err error) {
			row, err = v.Conversation(x.id)
			return err
		})
		return err == nil && row.Seq == 77
	})
	waitFor(t, func() bool {
		wakes, err := again.store.Wakes(t.Context(), 9)
		return err == nil && len(wakes) == 0
	})
}

// TestMetrics: procedures and outcomes are counted, nobody's names.
func TestMetrics(t *testing.T) {
	w := newWorld(t)
	w.register("alice")
	_ = try(w, w.client("").Resolve, &cofferv1.ResolveRequest{Handle: "nobody"})
	r := httptest.NewRecorder()
	w.server.Metrics().ServeHTTP(r, nil)
	text := r.Body.String()
	for _, want := range []string{
		`coffer_calls_total{procedure="Register",outcome="ok"} 1`,
		`coffer_calls_total{procedure="Resolve",outcome="not_found"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Contains(text, "alice") || strings.Contains(text, "nobody") {
		t.Error("names somebody")
	}
}
