package main

import (
	"context"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/convo"
)

// names are those of the conversations that were here when they were listed.
type names map[convo.ID]string

func namesOf(ctx context.Context, e engine) (names, error) {
	list, err := e.List(ctx)
	n := names{}
	for _, c := range list {
		n[c.ID] = conversationName(c)
	}
	return n, err
}

// of names a message's conversation, by the beginning of its id where it is
// new.
func (n names) of(m client.Message) string {
	if name, ok := n[m.Conversation]; ok {
		return name
	}
	return m.Conversation.String()[:8]
}
