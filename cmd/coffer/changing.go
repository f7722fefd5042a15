package main

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
)

// changing runs what changes the message with an id. Once the message is found,
// the change is kept like a message where the server cannot be reached, and the
// error says so.
func changing(ctx context.Context, e engine, id string, act func() error) error {
	if _, err := e.FindMessage(ctx, id); err != nil {
		return err
	}
	err := act()
	if err != nil && fault.KindOf(err) == fault.KindUnreachable {
		return &fault.Error{Kind: fault.KindUnreachable, Message: "the server cannot be reached; this is kept and 'coffer sync' sends it"}
	}
	return err
}
