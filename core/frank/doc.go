// Package frank is message franking as in draft-ietf-mimi-protocol, section
// "Message Franking": a recipient can show a message to a moderator, who can
// check that it was sent, by whom, where and when, although the server never
// read it.
//
// The sender calls NewTag and puts the tag into the authenticated header. The
// server, which sees the tag only, calls HubKey.Frank and stores the Frank with
// the entry. Every reader calls Tag.Open and Frank.Verify. Who reports makes a
// Report; the moderator calls HubKey.Review.
package frank
