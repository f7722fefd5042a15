// Package realm is the service of one PIN realm: a guardian of shares of
// PIN-protected secrets, which counts guesses, and a witness of accounts' newest
// heads. It answers to the tokens of the account servers that it is told to
// accept and knows neither them nor their clients otherwise.
//
// Open a Server over a Store (package sqlstore for disk, NewMemory for tests),
// mount it as an http.Handler, and keep Server.Run going beside it. What a realm
// does with a request is decided in package core/pinvault; this package makes it
// durable first and sends it then. spec/realm.md is the protocol.
package realm
