package main

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/convo"
)

// people is what the commands about people and what they may do need.
type people interface {
	GroupRole(ctx context.Context, name, handle string, role convo.Role) error
	Contact(ctx context.Context) (client.Contact, error)
	SetGroupHistory(ctx context.Context, name string, on bool) (client.Conversation, error)
	GroupInvite(ctx context.Context, name string, life time.Duration, uses int) (client.Invite, error)
	GroupInvites(ctx context.Context, name string) ([]client.Invite, error)
	RevokeInvite(ctx context.Context, id string) error
	Join(ctx context.Context, link string) (client.Contact, error)
	Profile(ctx context.Context, handle string) (client.Profile, error)
	SetProfile(ctx context.Context, change client.ProfileChange) (client.Profile, error)
	Accept(ctx context.Context, handle string) error
	Decline(ctx context.Context, handle string) error
	AddContact(ctx context.Context, link string) (client.Contact, error)
}
