package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client"
)

func (f *fake) SetExpiry(ctx context.Context, to string, d time.Duration) (client.Conversation, error) {
	for _, c := range conversations() {
		if to == c.ID.String() {
			to = c.Name
		}
	}
	c, err := f.FindConversation(ctx, strings.TrimPrefix(to, "#"))
	c.Expiry = d
	return c, err
}

func (f *fake) Clear(ctx context.Context, to string) error {
	_, err := f.FindConversation(ctx, to)
	return err
}

func (f *fake) Forward(ctx context.Context, id, to string) (client.Message, error) {
	m, err := f.FindMessage(ctx, id)
	if err != nil {
		return m, err
	}
	sent, err := f.Send(ctx, to, client.Outgoing{Text: m.Text})
	sent.Attachments, sent.Forwarded = m.Attachments, true
	return sent, err
}

func (f *fake) ResumeAttachment(ctx context.Context, id string, index int, file client.PartialFile) (client.Attachment, error) {
	return f.SaveAttachment(ctx, id, index, io.NewOffsetWriter(file, 0))
}

func (f *fake) Mute(ctx context.Context, to string, _ time.Duration) error { return f.Clear(ctx, to) }
func (f *fake) Unmute(ctx context.Context, to string) error                { return f.Clear(ctx, to) }
func (f *fake) Pin(ctx context.Context, to string, _ bool) error           { return f.Clear(ctx, to) }
func (f *fake) Archive(ctx context.Context, to string, _ bool) error       { return f.Clear(ctx, to) }
func (f *fake) Block(ctx context.Context, to string, _ bool) error         { return f.Clear(ctx, to) }
func (f *fake) MarkRead(ctx context.Context, to string, _ uint64) error    { return f.Clear(ctx, to) }
