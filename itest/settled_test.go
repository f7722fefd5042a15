package itest

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/server/store"
)

// outbox is a server's store that knows whether all of its outbox has been carried
// out. The server's lists may lag behind its logs (DESIGN 11), by as much as the
// machine is busy; a test that does not ask about that asks for lists that do not.
type outbox struct {
	store.Store
	mu sync.Mutex
	// put counts what was put into it; listed is how much of that the drainer has
	// asked for, done how much it has carried out.
	put, listed, done int
	seen              map[store.Wake]bool
	moved             chan struct{} // closed and made anew whenever done grows
}

// newOutbox returns one that may hold what a server before has left.
func newOutbox(s store.Store) *outbox {
	return &outbox{Store: s, put: 1, seen: map[store.Wake]bool{}, moved: make(chan struct{})}
}

// drainer marks the context of what the server does by itself: others than its
// drainer look into the outbox, too.
type drainer struct{}

// UpdateConversation notes what the transaction has put into the outbox.
func (o *outbox) UpdateConversation(ctx context.Context, id convo.ID, f func(store.ConversationTx) error) error {
	woke := false
	err := o.Store.UpdateConversation(ctx, id, func(tx store.ConversationTx) error {
		woke = false // it may be run again
		return f(wakingConversation{tx, &woke})
	})
	o.note(woke && err == nil)
	return err
}

// UpdateAccount notes what the transaction has put into the outbox.
func (o *outbox) UpdateAccount(ctx context.Context, id account.ID, f func(store.AccountTx) error) error {
	woke := false
	err := o.Store.UpdateAccount(ctx, id, func(tx store.AccountTx) error {
		woke = false
		return f(wakingAccount{tx, &woke})
	})
	o.note(woke && err == nil)
	return err
}

func (o *outbox) note(woke bool) {
	if woke {
		o.mu.Lock()
		o.put++
		o.mu.Unlock()
	}
}

// Wakes lists the outbox. The drainer has carried out what it was given before.
func (o *outbox) Wakes(ctx context.Context, limit int) ([]store.Wake, error) {
	if ctx.Value(drainer{}) == nil {
		return o.Store.Wakes(ctx, limit)
	}
	o.mu.Lock()
	put := o.put
	o.carried(o.listed)
	o.mu.Unlock()
	list, err := o.Store.Wakes(ctx, limit)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(list) == limit {
		put = o.listed // there may be more behind these
	}
	fresh := false
	for _, w := range list {
		fresh = fresh || !o.seen[w]
		o.seen[w] = true
	}
	o.listed = put
	if !fresh {
		o.carried(put)
	}
	return list, nil
}

// Woken removes what has been carried out: what comes after it may be called the same.
func (o *outbox) Woken(ctx context.Context, list []store.Wake) error {
	err := o.Store.Woken(ctx, list)
	if err == nil {
		o.mu.Lock()
		for _, w := range list {
			delete(o.seen, w)
		}
		o.mu.Unlock()
	}
	return err
}

// carried notes how much has been carried out; o.mu is held.
func (o *outbox) carried(n int) {
	if n > o.done {
		o.done = n
		close(o.moved)
		o.moved = make(chan struct{})
	}
}

// settled waits until what is in the outbox now has been carried out, and what that
// has put there in turn.
func (o *outbox) settled(ctx, running context.Context) {
	for range 3 { // a removal tells of a conversation, which tells its participants
		o.mu.Lock()
		want := o.put
		for o.done < want {
			moved := o.moved
			o.mu.Unlock()
			select {
			case <-moved:
			case <-ctx.Done():
				return
			case <-running.Done():
				return
			}
			o.mu.Lock()
		}
		quiet := o.put == want
		o.mu.Unlock()
		if quiet {
			return
		}
	}
}

// promptly has a server answer what has changed once all that was acknowledged
// before the question is in the list.
func (o *outbox) promptly(running context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/ListConversations") {
			o.settled(r.Context(), running)
		}
		h.ServeHTTP(rw, r)
	})
}

type wakingConversation struct {
	store.ConversationTx
	woke *bool
}

func (tx wakingConversation) Wake() error {
	*tx.woke = true
	return tx.ConversationTx.Wake()
}

type wakingAccount struct {
	store.AccountTx
	woke *bool
}

func (tx wakingAccount) Wake() error {
	*tx.woke = true
	return tx.AccountTx.Wake()
}
