package account

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// MinRecoverySecret is the least length in bytes of a secret from which a
// recovery method's keys are derived: 128 bits, all of them random.
const MinRecoverySecret = 16

// DeriveKeyholder makes the keys of a recovery method from its secret. The
// account id goes into them, so a device that knows only the secret accepts no
// chain but the right one: only that contains these keys. The kind must be one
// of a recovery method. The secret is not kept.
func DeriveKeyholder(secret []byte, id ID, kind Kind) (*KeyholderSecret, error) {
	if len(secret) < MinRecoverySecret || !kind.IsRecovery() || id.IsZero() {
		return nil, ErrKeyholderSecret
	}
	prk, err := hkdf.Extract(sha256.New, secret, []byte(labelPrefix+"recovery method"))
	if err != nil {
		return nil, fmt.Errorf("account: derive: %w", err)
	}
	defer clear(prk)
	context := syntax.AppendUint8(append([]byte(nil), id[:]...), uint8(kind))
	sign := ExpandWithLabel(prk, "recovery signature key", context, ed25519.SeedSize)
	seed := ExpandWithLabel(prk, "recovery KEM key", context, KEMSeedSize)
	defer clear(sign)
	defer clear(seed)
	kem, err := NewKEMSecret(seed)
	if err != nil {
		return nil, err
	}
	return newKeyholderSecret(kind, sign, kem), nil
}
