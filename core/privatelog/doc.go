// Package privatelog is an account's own log: read marks, deletions for
// oneself, settings, checkpoints, imported history. Its entries are encrypted
// under a key of the vault root, linked by hashes, and signed by the device that
// wrote them. What the payloads mean is not decided here.
//
// A device writes with Seal. A reader calls ParseEntry for each entry, Verify
// for a run of them, in order, against the account chain, and Open for those
// that count. A server calls CheckAppend before it accepts an entry.
//
// The format is that of spec/private-log.md.
package privatelog
