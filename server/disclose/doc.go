// Package disclose lists everything that a server's store holds about one
// person, and says of each item what it reveals. Start with Of; the result is
// JSON as spec/disclosure.md describes it, and WritePage makes it readable.
//
// It shows no secret: of a session's token, a password's verifier, a sealed root
// or an encrypted name it says that they are there, how large, and since when.
package disclose
