// Package ephemeral is what participants say beside the log: that somebody is
// typing, and up to where somebody has read. A message is sealed under a key of
// its sender's leaf and of the MLS epoch, outside the message ratchet, and signed
// with the leaf's key, so that neither the server nor another member can make one
// (spec/ephemeral.md).
//
// The sender calls Seal. A reader calls ParseAddress, looks up that epoch's
// record and join key, and calls Open; of typing, a Replays then says whether it
// has seen the message, or one after it.
package ephemeral
