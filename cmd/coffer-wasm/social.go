//go:build js && wasm

package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
)

// typing tells the page who is typing.
func (d *device) typing(t client.Typing) {
	d.tell("typing", newObject("typing").text("conversation", t.Conversation.String()).
		raw("sender", personJSON(t.Handle, t.Account.String())).time("time", t.Time).end())
}

func sayTyping(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	return done(e.Typing(ctx, p.text("to")))
}

func privacy(ctx context.Context, _ *device, e *client.Engine, _ params) (any, error) {
	p, err := e.Privacy(ctx)
	if err != nil {
		return nil, err
	}
	return newObject("privacy").flag("readMarks", p.ReadMarks).flag("typing", p.Typing).end(), nil
}

func setPrivacy(ctx context.Context, _ *device, e *client.Engine, p params) (any, error) {
	return done(e.SetPrivacy(ctx, client.Privacy{ReadMarks: p.flag("readMarks"), Typing: p.flag("typing")}))
}
