// Package invite is links by which people ask to be added to a group. An admin
// makes one with NewSecret; its text is Link's. The group's admins are told the
// public half of the secret, Secret.Public. Who follows the link shows by Proof, in
// an encrypted message to the admins whom it names, that they have it; a device of
// any of these holds that against the public half with Verify, and adds them. Who
// knows the public half only can make no proof. The server sees neither link nor
// proof. The formats are those of spec/invite.md.
package invite
