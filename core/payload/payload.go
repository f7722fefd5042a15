// Package payload is what the entries of an account's private log say once they
// are opened: one type for each kind, written by Bytes and read by its Parse
// function. What follows from an entry, and where it is kept, is the engine's.
//
// A writer seals Payload.Bytes with package privatelog. A reader calls Parse,
// passes over what is not known, and parses the body by its Kind. Every Parse
// refuses a body that does not end where it should.
//
// The formats are those of spec/private-payloads.md.
package payload

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Kind says what an entry of the private log holds
// (spec/private-payloads.md).
type Kind uint8

// The kinds of payload. A number's meaning never changes.
const (
	KindContact     Kind = 1
	KindHide        Kind = 2
	KindImport      Kind = 3
	KindRead        Kind = 4
	KindCheckpoints Kind = 6
	KindName        Kind = 10
	KindSeen        Kind = 11
	KindCloud       Kind = 15
	KindClear       Kind = 20
	KindPreference  Kind = 21
	KindAccepted    Kind = 30
	KindInvite      Kind = 31
	KindProfile     Kind = 33
	KindReset       Kind = 40
	KindDoubt       Kind = 41
	KindPasskey     Kind = 50
	KindTried       Kind = 51
)

// version is that of the payload itself; some bodies have one of their own.
const version = 1

// Payload is one decrypted entry.
type Payload struct {
	Kind Kind
	Body []byte
	// Of one that was read: who wrote it, and when, as it claims.
	Device account.KeyholderID
	AtMS   uint64
}

// Bytes returns what is sealed.
func (p Payload) Bytes() []byte {
	b := syntax.AppendUint16(nil, version)
	b = syntax.AppendUint8(b, uint8(p.Kind))
	return append(b, p.Body...)
}

// Parse reads an opened entry's plaintext; known is false for a later
// version's.
func Parse(plain []byte) (p Payload, known bool) {
	r := syntax.NewReader(plain)
	v := r.Uint16()
	p.Kind = Kind(r.Uint8())
	p.Body = r.Rest()
	return p, r.Err() == nil && v == version
}
