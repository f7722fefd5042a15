// Package invite is links by which people ask to be added to a group. Whoever has
// the right to add makes one with NewSecret; its text is Link's. Who follows it
// shows by Proof, in an encrypted message to the inviting account, that they have
// it; an inviting device holds that against its own with Verify, and adds them.
// The server sees neither link nor proof. The formats are those of
// spec/invite.md.
package invite
