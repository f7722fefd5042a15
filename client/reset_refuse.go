package client

import (
	"context"
	"strings"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
)

// keyDoubted says that the person does not believe that an account was reset.
func keyDoubted(id account.ID) store.Key { return tableReset.ID(id[:]).Uint64(1) }

// RefuseReset goes on with the account that a handle has meant, on all devices,
// although the server says that everything of it was lost: its person says otherwise.
func (e *Engine) RefuseReset(ctx context.Context, handle string) (Contact, error) {
	var out Contact
	err := e.withAccount(ctx, func() error {
		h, err := account.ParseHandle(strings.ToLower(handle))
		if err != nil {
			return fault.Usage("%q is no handle", handle)
		}
		v, err := e.get(ctx, tableContact.ID([]byte(h)))
		if err != nil {
			return err
		}
		if len(v) != len(account.ID{}) {
			return fault.Usage("%s is nobody known here", h)
		}
		id := account.ID(v)
		raw, err := e.get(ctx, tableReset.ID(id[:]))
		if err != nil {
			return err
		}
		if raw == nil {
			return fault.Usage("%s was not reset, as far as this device has heard", h)
		}
		if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindDoubt, Body: raw}); err != nil {
			return err
		}
		var b store.Batch
		if err := e.applyDoubt(&b, raw); err != nil {
			return err
		}
		out = contactOf(account.Contact{Host: e.self.host, Handle: h, Account: id})
		return e.apply(ctx, &b)
	})
	return out, err
}

// applyDoubt takes up that the person does not believe a statement.
func (e *Engine) applyDoubt(b *store.Batch, raw []byte) error {
	r, err := parseReset(raw, e.self)
	if err != nil {
		return err
	}
	b.Set(tableReset.ID(r.Old[:]).Bytes(), raw)
	b.Set(keyDoubted(r.Old).Bytes(), []byte{})
	return nil
}
