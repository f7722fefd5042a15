// Package content is the content of messages: draft-ietf-mimi-content, with the
// few choices that it leaves to an application.
//
// To write a message, fill a Header and call the constructor for what it does:
// NewMessage, NewEdit, NewUnsend, NewReaction, NewUnreaction or NewInfo.
// Message.Bytes is what is franked and encrypted. To read one, call Open with
// the sender and room that the log vouches for; Message.View tells what the
// message does. Parse and New are the general forms underneath, for every
// message that the draft allows.
//
// A Message cannot be invalid, and its encoding is the only one: Parse refuses
// whatever is not in CBOR's deterministic form, so re-encoding what was parsed
// gives the same bytes. Limits are those of the draft or stricter; spec/content.md
// lists them.
package content
