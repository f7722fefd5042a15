package server_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/store"
)

// slowStore takes its time with what reads a lot, until it is let go.
type slowStore struct {
	store.Store
	began  chan struct{} // one for each that has begun
	letGo  chan struct{}
	within atomic.Int32
	most   atomic.Int32
}

func (s *slowStore) read() {
	n := s.within.Add(1)
	defer s.within.Add(-1)
	for old := s.most.Load(); n > old && !s.most.CompareAndSwap(old, n); old = s.most.Load() {
	}
	s.began <- struct{}{}
	<-s.letGo
}

type slowConversation struct {
	store.ConversationView
	s *slowStore
}

func (v slowConversation) LogSize(id account.ID) (store.LogSize, error) {
	v.s.read()
	return v.ConversationView.LogSize(id)
}

func (s *slowStore) ViewConversation(ctx context.Context, id convo.ID, f func(store.ConversationView) error) error {
	return s.Store.ViewConversation(ctx, id, func(v store.ConversationView) error { return f(slowConversation{v, s}) })
}

type slowAccount struct {
	store.AccountView
	s *slowStore
}

func (v slowAccount) NonceCount() (int, error) { // nothing else asks for it
	v.s.read()
	return v.AccountView.NonceCount()
}

func (s *slowStore) ViewAccount(ctx context.Context, id account.ID, f func(store.AccountView) error) error {
	return s.Store.ViewAccount(ctx, id, func(v store.AccountView) error { return f(slowAccount{v, s}) })
}

// TestOneAtATime: what reads all of a log, or all about an account, runs for one
// caller at a time on the whole server; who gives up waiting leaves no place taken.
func TestOneAtATime(t *testing.T) {
	t.Run("a log's size", func(t *testing.T) {
		oneAtATime(t, func(ctx context.Context, c *http.Client, x *talk) error {
			_, err := cofferv1connect.NewStorageServiceClient(c, x.url).GetConversationStorage(ctx,
				connect.NewRequest(&cofferv1.GetConversationStorageRequest{Conversation: x.id[:]}))
			return err
		})
	})
	t.Run("what is held", func(t *testing.T) {
		oneAtATime(t, func(ctx context.Context, c *http.Client, x *talk) error {
			_, err := cofferv1connect.NewDisclosureServiceClient(c, x.url).Disclose(ctx, connect.NewRequest(&cofferv1.DiscloseRequest{}))
			return err
		})
	})
}

func oneAtATime(t *testing.T, call func(context.Context, *http.Client, *talk) error) {
	slow := &slowStore{began: make(chan struct{}, 16), letGo: make(chan struct{})}
	w := newWorld(t, func(c *server.Config) { slow.Store, c.Store = c.Store, slow })
	alice, bob := w.register("alice"), w.register("bob")
	x := alice.first.createDirect(bob)
	x.say("hello")
	as := func(ctx context.Context, p *person) error {
		return call(ctx, &http.Client{Transport: bearer{p.first.token, w.http.Transport}}, x)
	}
	first := make(chan error, 1)
	go func() { first <- as(t.Context(), alice) }()
	<-slow.began
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := as(ctx, bob); connect.CodeOf(err) != connect.CodeDeadlineExceeded {
		t.Errorf("beside another: %v", err)
	}
	close(slow.letGo)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if err := as(t.Context(), bob); err != nil {
		t.Errorf("after the other: %v", err)
	}
	if n := slow.most.Load(); n != 1 {
		t.Errorf("%d at the same time", n)
	}
}
