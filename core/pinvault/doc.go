// Package pinvault keeps a random secret behind a PIN at several independent
// realms, none of which can open it or try PINs by itself. It holds both sides:
// what a client does, and what a realm does with one request.
//
// A client calls CheckPIN and StretchPIN, then NewRegistration to put a secret
// in and NewRecovery to get it out; both are Flows, which Run drives over any
// transport. RealmSet.MAC and RealmSet.VerifyMAC keep the server from slipping
// in realms of its own. NewDeletion, NewWitnessWrite, NewWitnessRead and
// NewLogRead are the other things to do at realms.
//
// The account's server calls Token.Issue. A realm calls ParseRequest, then
// Request.Authorize, then Apply, which says what to store and, once that is
// durable, what to answer.
//
// Everything here is pure: time and randomness are parameters and nothing waits.
// All formats are in spec/pin.md; bytes written today stay readable by later
// versions, each structure beginning with its version.
package pinvault
