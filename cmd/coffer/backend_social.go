package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
)

// social is what the commands about what people see of each other, and about what
// a device keeps, need.
type social interface {
	Privacy(ctx context.Context) (client.Privacy, error)
	SetPrivacy(ctx context.Context, p client.Privacy) error
	SetDraft(ctx context.Context, to, text string) error
	Storage(ctx context.Context) (client.Storage, error)
	FreeStorage(ctx context.Context, to string) (int64, error)
	FetchRecent(ctx context.Context) (client.Fetched, error)
	AutoCopies(ctx context.Context) (client.AutoCopies, error)
	SetAutoCopies(ctx context.Context, s client.AutoCopies) error
	FetchAttachments(ctx context.Context, limit int64) (client.Fetched, error)
}
