package main

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
)

// Reset asks with "correct horse", and is done without a secret.
func (f *fake) Reset(_ context.Context, o client.ResetOptions) (client.ResetState, error) {
	s := client.ResetState{Handle: o.Handle, Asked: noon, Due: noon.Add(7 * 24 * time.Hour), Account: person("alice again")}
	switch {
	case string(o.Password) == "correct horse":
		return s, nil
	case len(o.Password) > 0:
		return s, &fault.Error{Kind: fault.KindWrongSecret, Message: "wrong handle or password"}
	}
	s.Done, s.Former, s.Kept = true, person("alice"), noon.Add(97*24*time.Hour)
	return s, nil
}

func (f *fake) KeepAccount(context.Context) (bool, error) { return true, nil }

func (f *fake) AcceptReset(_ context.Context, handle string) (client.Contact, error) {
	if handle != "bob" {
		return client.Contact{}, &fault.Error{Kind: fault.KindUsage, Message: handle + " was not reset: there is nothing to accept"}
	}
	c := account.Contact{Host: "chat.example.org", Handle: "bob", Account: person("bob again")}
	return client.Contact{Handle: "bob", Account: c.Account.String(), Link: c.String()}, nil
}

func (f *fake) RefuseReset(_ context.Context, handle string) (client.Contact, error) {
	c := account.Contact{Host: "chat.example.org", Handle: account.Handle(handle), Account: person(handle)}
	return client.Contact{Handle: handle, Account: c.Account.String(), Link: c.String()}, nil
}

func (f *fake) GroupAdmit(context.Context, string, string) error { return nil }
