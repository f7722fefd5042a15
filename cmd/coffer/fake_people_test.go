package main

import (
	"context"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

func (f *fake) GroupRole(ctx context.Context, name, _ string, _ convo.Role) error {
	return f.Clear(ctx, name)
}

func contactOf(name string) client.Contact {
	c := account.Contact{Host: "chat.example.org", Handle: account.Handle(name), Account: person(name)}
	return client.Contact{Handle: name, Account: c.Account.String(), Link: c.String()}
}

func (f *fake) Contact(context.Context) (client.Contact, error) { return contactOf("alice"), nil }

func (f *fake) AddContact(_ context.Context, link string) (client.Contact, error) {
	c, err := account.ParseContact(link)
	if err != nil {
		return client.Contact{}, &fault.Error{Kind: fault.KindUsage, Message: "this is no contact link"}
	}
	if c.Account != person(string(c.Handle)) {
		return client.Contact{}, &fault.Error{Kind: fault.KindIntegrity, Promise: fault.PromiseProved, Message: "the server gives " + string(c.Handle) + " another account than this link"}
	}
	return contactOf(string(c.Handle)), nil
}

// stranger is somebody whose request waits.
func stranger() client.Conversation {
	return client.Conversation{
		ID: convo.DirectID("chat.example.org", person("alice"), person("dave")), Kind: convo.Direct, Name: "dave", Request: true,
		LastActivity: noon.Add(-time.Hour), Messages: 1, HeadSeq: 3, Unread: 1,
		Participants: []client.Participant{{Account: person("alice"), Handle: "alice", Role: convo.Member}, {Account: person("dave"), Handle: "dave", Role: convo.Member}},
	}
}

func (f *fake) Accept(_ context.Context, handle string) error {
	if handle != "dave" {
		return &fault.Error{Kind: fault.KindUsage, Message: "there is no request of " + handle}
	}
	return nil
}

func (f *fake) SetGroupHistory(ctx context.Context, name string, on bool) (client.Conversation, error) {
	c, err := f.GroupInfo(ctx, name)
	c.History = on
	return c, err
}

func (f *fake) Decline(ctx context.Context, handle string) error { return f.Accept(ctx, handle) }

// inviteLink is one that bob has made.
const inviteLink = "coffer://chat.example.org/join/zm2nlabmvx2rfsfcumdq2qfdn5majn2u432dcj3hhuv64yqrtcha#a4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dq"

func someInvite() client.Invite {
	return client.Invite{
		ID: "gu4tsnbyhe3tmnjugmzdcmjqge", Group: conversations()[1], Expires: noon.Add(7 * 24 * time.Hour), Uses: 3, Used: 1, By: "alice",
		Link: "coffer://chat.example.org/join/t7x6dtxxkxf2yohh6c2sewbivvg5sidhkibdh4kt743otkswfg3a#a4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dqobyha4dq",
	}
}

func (f *fake) GroupInvite(_ context.Context, _ string, life time.Duration, uses int) (client.Invite, error) {
	i := someInvite()
	i.Expires, i.Uses, i.Used = noon.Add(life), uses, 0
	return i, nil
}

func (f *fake) GroupInvites(context.Context, string) ([]client.Invite, error) {
	return []client.Invite{someInvite()}, nil
}

func (f *fake) RevokeInvite(_ context.Context, id string) error {
	if !strings.HasPrefix(someInvite().ID, id) {
		return &fault.Error{Kind: fault.KindUsage, Message: "there is no invite " + id}
	}
	return nil
}

func (f *fake) Join(_ context.Context, link string) (client.Contact, error) {
	if link != inviteLink {
		return client.Contact{}, &fault.Error{Kind: fault.KindUsage, Message: "this is no invite link"}
	}
	return contactOf("bob"), nil
}

func (f *fake) Profile(_ context.Context, handle string) (client.Profile, error) {
	if handle == "" {
		return client.Profile{Handle: "alice", Account: person("alice").String()}, nil
	}
	return client.Profile{
		Handle: handle, Account: person(handle).String(), Name: "Bob \x1b[2JExample", Picture: []byte("a small picture"), MediaType: "image/jpeg",
	}, nil
}

func (f *fake) SetProfile(ctx context.Context, change client.ProfileChange) (client.Profile, error) {
	p, err := f.Profile(ctx, "")
	if change.Name != nil {
		p.Name = *change.Name
	}
	return p, err
}
