package account

import (
	"crypto/ed25519"
	"fmt"
	"strings"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Guard is the key by which realms know who may change what they keep for an
// account. It derives from the account's first vault root: every device has it, the
// account's server does not, and it never changes. A device that was removed keeps it.
type Guard struct {
	_   incomparable
	key ed25519.PrivateKey
}

// Guard returns the account's guard. The caller erases it.
func (rs *Roots) Guard() *Guard {
	seed := rs.At(1).derive("realm guard key", rs.id)
	defer clear(seed)
	return &Guard{key: ed25519.NewKeyFromSeed(seed)}
}

// Public returns the public key.
func (g *Guard) Public() SignatureKey { return SignatureKey(g.key[ed25519.SeedSize:]) }

// SignRealmRequest signs as KeyholderSecret.SignRealmRequest does.
func (g *Guard) SignRealmRequest(labelled []byte) []byte { return signRealm(g.key, labelled) }

// Erase overwrites the key.
func (g *Guard) Erase() { clear(g.key) }

// Format prints no part of the key.
func (g Guard) Format(f fmt.State, _ rune) { printRedacted(f) }

func signRealm(key ed25519.PrivateKey, labelled []byte) []byte {
	r := syntax.NewReader(labelled)
	label := r.String()
	r.Opaque()
	if r.Done() != nil || !strings.HasPrefix(label, realmLabelPrefix) {
		return nil
	}
	return ed25519.Sign(key, labelled)
}
