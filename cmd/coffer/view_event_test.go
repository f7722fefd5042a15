package main

import (
	"testing"

	"github.com/coffer-chat/coffer/client"
)

// TestEventLine says in words what happened, and nothing that a name could forge.
func TestEventLine(t *testing.T) {
	v := &view{}
	for want, m := range map[string]client.Message{
		"bob closed the account": {SenderHandle: "bob", Event: "closed"},
		"bob added":              {SenderHandle: "bob", Event: "added"},
		"bob opened the group anew because a commit could not be processed": {
			SenderHandle: "bob", Event: "reopened", Text: "a commit could not be processed",
		},
		"bob is now admin":  {SenderHandle: "bob", Event: "role", Text: "admin"},
		"bob something new": {SenderHandle: "bob", Event: "something new"},
	} {
		if got := v.event(m); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
