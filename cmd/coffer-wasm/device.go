//go:build js && wasm

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/idb"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/client/transport"
	"github.com/coffer-chat/coffer/client/transport/fetch"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// realmType is the media type of a realm's requests and answers.
const realmType = "application/octet-stream"

// device is the one device of this worker.
type device struct {
	mu     sync.Mutex
	engine *client.Engine
	store  store.Store // that the engine stands on
	emit   js.Value
	origin string
	link   *link // a linking under way
}

var errClosed = errors.New("open comes first")

// open opens the device: {database, wrappingKey, origin, deviceName, emit}. It
// reports whether there is an account.
func (d *device) open(args []js.Value) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.engine != nil {
		return d.opened(context.Background())
	}
	p := params{args[0]}
	ctx := context.Background()
	d.emit, d.origin = p.Get("emit"), p.text("origin")
	wrap, err := newWrapper(p.Get("wrappingKey"))
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, p.text("database"), wrap)
	if err != nil {
		return nil, err
	}
	d.engine, err = client.Open(ctx, client.Config{
		Store: s,
		Dial: func(server string, token func() string) (client.Transport, error) {
			return fetch.New(server, fetch.Options{Token: token})
		},
		Realm:      askRealm,
		Rand:       rand.Reader,
		Progress:   d.progress(),
		Preview:    preview,
		Stepwise:   true,
		Changed:    func(id convo.ID) { d.tell("changed", quoted(id.String())) },
		Noticed:    func() { d.tell("notice", "null") },
		Typing:     d.typing,
		DeviceName: p.text("deviceName"),
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	d.store = s
	return d.opened(ctx)
}

// opened says who is here: an identity, or nothing.
func (d *device) opened(ctx context.Context) (any, error) {
	id, err := d.engine.Whoami(ctx)
	if fault.KindOf(err) == fault.KindUsage {
		return "null", nil
	}
	if err != nil {
		return nil, err
	}
	return identityJSON(id), nil
}

func openStore(ctx context.Context, name string, wrap wrapper) (store.Store, error) {
	beside, err := idb.Open(ctx, name+" key")
	if err != nil {
		return nil, err
	}
	defer beside.Close()
	key, fresh, err := deviceKey(ctx, beside, wrap)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	if fresh { // what may lie there was sealed under a key that is gone
		if err := idb.Delete(ctx, name); err != nil {
			return nil, err
		}
	}
	inner, err := idb.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	s, err := sealed.Open(ctx, inner, key, rand.Reader)
	if err != nil {
		return nil, errors.Join(err, inner.Close())
	}
	return s, nil
}

// askRealm posts one request to a realm (spec/realm.md).
func askRealm(ctx context.Context, realmURL string, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_, answer, err := fetch.Post(ctx, strings.TrimRight(realmURL, "/")+"/v1/realm", realmType, request, pinvault.MaxMessage)
	if err != nil && !errors.Is(err, transport.ErrTooLarge) && ctx.Err() == nil {
		return nil, errors.Join(transport.ErrUnreachable, err)
	}
	return answer, err
}

// progress tells the page of long work, at most some twenty times a second.
func (d *device) progress() func(client.Progress) {
	var mu sync.Mutex
	last := map[string]time.Time{}
	return func(p client.Progress) {
		mu.Lock()
		now := time.Now()
		due := now.Sub(last[p.Task]) >= 50*time.Millisecond || p.Done == p.Total
		if due {
			last[p.Task] = now
		}
		mu.Unlock()
		if due {
			d.tell("progress", newObject("progress").text("task", p.Task).number("done", p.Done).number("total", p.Total).end())
		}
	}
}

func (d *device) tell(typ, json string) {
	if d.emit.Type() == js.TypeFunction {
		d.emit.Invoke(typ, json)
	}
}

// call makes one call: its name, its named arguments.
func (d *device) call(args []js.Value) (any, error) {
	d.mu.Lock()
	e := d.engine
	d.mu.Unlock()
	if e == nil {
		return nil, errClosed
	}
	f, ok := calls[args[0].String()]
	if !ok {
		f, ok = peopleCalls[args[0].String()]
	}
	if !ok {
		f, ok = resetCalls[args[0].String()]
	}
	if !ok {
		f, ok = accountCalls[args[0].String()]
	}
	if !ok {
		return nil, &fault.Error{Kind: fault.KindUsage, Message: "there is no such call"}
	}
	p := params{js.Global().Get("Object").New()}
	if len(args) > 1 && args[1].Type() == js.TypeObject {
		p = params{args[1]}
	}
	return f(context.Background(), d, e, p)
}
