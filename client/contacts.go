package client

import (
	"context"
	"strings"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/payload"
)

// pinContact adds to a batch that a handle means an account from now on.
func (e *Engine) pinContact(b *store.Batch, handle account.Handle, id account.ID) {
	b.Set(tableContact.ID([]byte(handle)).Bytes(), id[:])
	b.Set(tableHandle.ID(id[:]).Bytes(), []byte(handle))
}

// resolve returns the account that a handle was pinned to at first contact, or
// asks the server and pins it. A contact link brings the account id itself.
func (e *Engine) resolve(ctx context.Context, text string) (account.ID, account.Handle, error) {
	if link, err := account.ParseContact(text); err == nil {
		return e.resolveLink(ctx, link)
	}
	handle, err := account.ParseHandle(strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(text, "im:"), "@"+string(e.self.host))))
	if err != nil {
		return account.ID{}, "", fault.Usage("%q is no handle", text)
	}
	if v, err := e.get(ctx, tableContact.ID([]byte(handle))); err != nil {
		return account.ID{}, "", err
	} else if len(v) == len(account.ID{}) {
		return account.ID(v), handle, nil
	}
	r, err := e.account().Resolve(ctx, &wire.ResolveRequest{Handle: string(handle)})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
		return account.ID{}, "", fault.Refused("there is no %s on this server", handle)
	}
	if err != nil {
		return account.ID{}, "", fault.FromServer(err)
	}
	if len(r.Account) != len(account.ID{}) {
		return account.ID{}, "", fault.Broken(fault.PromiseProved, nil, "the server sent an account id that cannot be")
	}
	return e.pin(ctx, handle, account.ID(r.Account))
}

func (e *Engine) resolveLink(ctx context.Context, link account.Contact) (account.ID, account.Handle, error) {
	if link.Host != e.self.host {
		return account.ID{}, "", fault.Usage("this contact is on another server (%s); a conversation lives on one", link.Host)
	}
	v, err := e.get(ctx, tableContact.ID([]byte(link.Handle)))
	if err != nil {
		return account.ID{}, "", err
	}
	if len(v) == len(account.ID{}) && string(v) != string(link.Account[:]) {
		// The link of the account that the handle went to is that person's own word.
		r, err := e.resetOf(ctx, account.ID(v))
		if err != nil {
			return account.ID{}, "", err
		}
		if r != nil && r.New == link.Account {
			_, now, err := e.acceptReset(ctx, link.Handle)
			return now, link.Handle, err
		}
	}
	if v != nil && string(v) != string(link.Account[:]) {
		return account.ID{}, "", fault.Broken(fault.PromiseProved, nil, "the link names another account for %s than the one known here; ask them on another channel", link.Handle)
	}
	return e.pin(ctx, link.Handle, link.Account)
}

// pin verifies that an account's own chain claims the handle, and keeps that.
func (e *Engine) pin(ctx context.Context, handle account.Handle, id account.ID) (account.ID, account.Handle, error) {
	c, err := e.freshChain(ctx, id)
	if err != nil {
		return id, handle, err
	}
	if c.Handle() != handle || c.Host() != e.self.host {
		return id, handle, fault.Broken(fault.PromiseProved, nil, "the server gives %s an account that does not claim this handle", handle)
	}
	known, err := e.get(ctx, tableContact.ID([]byte(handle)))
	if err != nil {
		return id, handle, err
	}
	var b store.Batch
	e.pinContact(&b, handle, id)
	if err := e.apply(ctx, &b); err != nil || known != nil {
		return id, handle, err
	}
	// The account's other devices, and those that restore it, keep the pin too.
	pin := payload.ContactPin{Handle: handle, Account: id}
	return id, handle, e.appendPrivate(ctx, payload.Payload{Kind: payload.KindContact, Body: pin.Bytes()})
}

// handleOf names an account: its pinned handle, else the one that its chain
// claims.
func (e *Engine) handleOf(ctx context.Context, id account.ID) string {
	if v, err := e.get(ctx, tableHandle.ID(id[:])); err == nil && v != nil {
		return string(v)
	}
	c, err := e.storedChain(ctx, id)
	if err != nil || c == nil {
		return id.String()[:8]
	}
	if v, err := e.get(ctx, tableContact.ID([]byte(c.Handle()))); err == nil && v != nil {
		// The handle means another account here: this one must not pass for it.
		return string(c.Handle()) + "~" + id.String()[:8]
	}
	return string(c.Handle())
}

// Safety is what two people compare to know that no one stands between them.
type Safety struct {
	Handle, Account, Number, Link string
	// Name is what the other one calls itself. It proves nothing.
	Name string
	// Pinned says that the account was known before this call.
	Pinned bool
	// KeepsHistory says that the other's vault is on, as far as this device knows.
	KeepsHistory bool
}

// Safety returns the safety number with another account.
func (e *Engine) Safety(ctx context.Context, handle string) (Safety, error) {
	var s Safety
	err := e.withAccount(ctx, func() error {
		known, err := e.get(ctx, tableContact.ID([]byte(strings.ToLower(handle))))
		if err != nil {
			return err
		}
		id, h, err := e.resolve(ctx, handle)
		if err != nil {
			return err
		}
		link := account.Contact{Host: e.self.host, Handle: h, Account: id}
		s = Safety{Handle: string(h), Account: id.String(), Number: account.SafetyNumber(e.self.id, id), Link: link.String(), Pinned: known != nil}
		if s.Name, err = e.profileName(ctx, id); err != nil {
			return err
		}
		c, err := e.freshChain(ctx, id)
		if fault.KindOf(err) == fault.KindUnreachable {
			c, err = e.storedChain(ctx, id)
		}
		s.KeepsHistory = c != nil && c.VaultOn()
		return err
	})
	return s, err
}
