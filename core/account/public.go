package account

import "github.com/coffer-chat/coffer/mls/syntax"

// Append appends the encoding that entries hold: kind, signing key, KEM key.
func (p KeyholderPublic) Append(b []byte) []byte { return p.append(b) }

// ReadKeyholderPublic reads what Append wrote, and checks the keys.
func ReadKeyholderPublic(r *syntax.Reader) KeyholderPublic { return readKeyholderPublic(r) }
