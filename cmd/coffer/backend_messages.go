package main

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client"
)

// messageLife is what the commands about the life and end of messages need.
type messageLife interface {
	SetExpiry(ctx context.Context, to string, d time.Duration) (client.Conversation, error)
	Clear(ctx context.Context, to string) error
	ResumeAttachment(ctx context.Context, id string, index int, f client.PartialFile) (client.Attachment, error)
	Mute(ctx context.Context, to string, d time.Duration) error
	Unmute(ctx context.Context, to string) error
	Pin(ctx context.Context, to string, on bool) error
	Archive(ctx context.Context, to string, on bool) error
	Block(ctx context.Context, handle string, on bool) error
	MarkRead(ctx context.Context, to string, seq uint64) error
	Forward(ctx context.Context, id, to string) (client.Message, error)
}
