// Package linking is how a device of an account links another one over a server
// that neither trusts: a code of six digits that a person reads on one screen and
// types on the other, or a link in a QR code. One of the two devices shows, by
// Show; the other follows, by FollowCode or FollowLink. Each hands the other's
// boxes to Take until that gives a Channel, over which they talk (messages.go).
//
// A code is a password of 20 bits for CPace, a balanced password-authenticated
// key exchange, so whoever stands in the middle has one guess for each run with
// each side, and there are three runs. A link holds the showing device's public
// share and a secret of 128 bits: there is nothing to guess.
//
// The formats are those of spec/linking.md. No root, key or message passes
// through the channel.
package linking
