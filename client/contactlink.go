package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// Contact is somebody as their contact link says.
type Contact struct{ Handle, Account, Link string }

func contactOf(c account.Contact) Contact {
	return Contact{Handle: string(c.Handle), Account: c.Account.String(), Link: c.String()}
}

// Contact returns the own contact link. Who follows it trusts no server for who
// this is. It is no secret.
func (e *Engine) Contact(ctx context.Context) (Contact, error) {
	var out Contact
	err := e.withAccount(ctx, func() error {
		out = contactOf(account.Contact{Host: e.self.host, Handle: e.self.chain.Handle(), Account: e.self.id})
		return nil
	})
	return out, err
}

// AddContact takes a contact link: from then on its handle means its account, on
// all devices. It is refused, as fault.KindIntegrity, where the handle means another
// account here, or where the server gives it to another one.
func (e *Engine) AddContact(ctx context.Context, link string) (Contact, error) {
	var out Contact
	err := e.withAccount(ctx, func() error {
		c, err := account.ParseContact(link)
		if err != nil {
			return fault.Usage("this is no contact link; one looks like coffer://HOST/HANDLE#ACCOUNT")
		}
		if c.Account == e.self.id {
			return fault.Usage("this is your own contact link")
		}
		if err := e.checkResolved(ctx, c); err != nil {
			return err
		}
		out = contactOf(c)
		return e.takeContact(ctx, c)
	})
	return out, err
}

// takeContact pins an account to a handle that its own chain claims, by the
// person's own doing.
func (e *Engine) takeContact(ctx context.Context, c account.Contact) error {
	id, _, err := e.resolveLink(ctx, c)
	if err != nil {
		return err
	}
	return e.know(ctx, id)
}

// checkResolved asks the server whose the handle of a link is: it must not tell
// others something else than the link.
func (e *Engine) checkResolved(ctx context.Context, c account.Contact) error {
	if c.Host != e.self.host {
		return nil // resolveLink says so
	}
	r, err := e.account().Resolve(ctx, &wire.ResolveRequest{Handle: string(c.Handle)})
	if kind, _ := fault.Refusal(err); kind == wire.ErrorKindNotFound {
		return fault.Refused("there is no %s on this server any more", c.Handle)
	}
	if err != nil {
		return fault.FromServer(err)
	}
	if string(r.Account) != string(c.Account[:]) {
		return fault.Broken(fault.PromiseProved, nil, "the server gives %s another account than this link; ask them on another channel, and do not write to %s before", c.Handle, c.Handle)
	}
	return nil
}
