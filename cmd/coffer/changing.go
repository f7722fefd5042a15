package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
)

// changing runs what changes the message with an id. Once the message is found,
// the change is kept like a message where the server cannot be reached, and the
// error says so.
func changing(ctx context.Context, e engine, id string, act func() error) error {
	if _, err := e.FindMessage(ctx, id); err != nil {
		return err
	}
	err := act()
	if err != nil && client.KindOf(err) == client.KindUnreachable {
		return &client.Error{Kind: client.KindUnreachable, Message: "the server cannot be reached; this is kept and 'coffer sync' sends it"}
	}
	return err
}
