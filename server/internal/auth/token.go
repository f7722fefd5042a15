package auth

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/coffer-chat/coffer/core/account"
)

const secretSize = 32

// Token is what opens a session: the account, so that the session is found under
// the account's key, and 32 random bytes. The server keeps a hash of it only.
type Token struct {
	account account.ID
	secret  [secretSize]byte
}

// NewToken draws a token.
func NewToken(id account.ID) Token {
	t := Token{account: id}
	rand.Read(t.secret[:]) // never fails
	return t
}

// Text returns the form that clients hold.
func (t Token) Text() string {
	return base64.RawURLEncoding.EncodeToString(append(t.account[:], t.secret[:]...))
}

// String hides the token.
func (t Token) String() string { return "auth.Token(redacted)" }

// GoString hides the token.
func (t Token) GoString() string { return t.String() }

// Hash is what the server keeps.
func (t Token) Hash() [32]byte {
	return account.HashWithLabel("session token", append(t.account[:], t.secret[:]...))
}

func parseToken(text string) (t Token, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(t.account)+len(t.secret) {
		return Token{}, false
	}
	copy(t.account[:], b)
	copy(t.secret[:], b[len(t.account):])
	return t, true
}
