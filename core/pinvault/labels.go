package pinvault

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// Every hash, derivation and signature of this package begins with one of these,
// so that none can be taken for another.
const (
	labelStretchSalt   = "Coffer PIN 1.0 stretch salt"
	labelStretchInput  = "Coffer PIN 1.0 oprf input"
	labelStretchSeal   = "Coffer PIN 1.0 seal part"
	labelUnlock        = "Coffer PIN 1.0 unlock key"
	labelOPRFSeal      = "Coffer PIN 1.0 seal seed"
	labelSealKey       = "Coffer PIN 1.0 seal key"
	labelSealed        = "Coffer PIN 1.0 sealed secret"
	labelUnlockMAC     = "Coffer PIN 1.0 statement"
	labelShare         = "Coffer PIN 1.0 share commitment"
	labelTag           = "Coffer PIN 1.0 unlock tag"
	labelTagVerifier   = "Coffer PIN 1.0 tag verifier"
	labelMACKey        = "Coffer PIN 1.0 realm set key"
	labelRealmSet      = "Coffer PIN 1.0 realm set"
	labelToken         = "Coffer PIN 1.0 realm token"
	labelClientRequest = "Coffer PIN 1.0 client request"
	labelDeviceRequest = "Coffer PIN 1.0 device request"
	labelGuardRequest  = "Coffer PIN 1.0 guard request"
	labelResponse      = "Coffer PIN 1.0 realm response"
	labelRequestHash   = "Coffer PIN 1.0 request hash"
	labelHeads         = "Coffer PIN 1.0 witness heads"
	labelGuardHeads    = "Coffer PIN 1.0 guard heads"
	labelLogEntry      = "Coffer PIN 1.0 guess log entry"
	labelLogHash       = "Coffer PIN 1.0 guess log hash"
	labelRegKey        = "Coffer PIN 1.0 registration key"
	labelWitnessKey    = "Coffer PIN 1.0 witness key"
	labelAttempt       = "Coffer PIN 1.0 attempt"
)

// labelled returns struct { opaque label<V>; opaque content<V>; }.
func labelled(label string, content []byte) []byte {
	b := make([]byte, 0, len(label)+len(content)+8)
	return syntax.AppendOpaque(syntax.AppendString(b, label), content)
}

// digest is SHA-256 over the labelled content.
func digest(label string, content []byte) [32]byte { return sha256.Sum256(labelled(label, content)) }

// mac is HMAC-SHA256 over the labelled content.
func mac(key []byte, label string, content []byte) [32]byte {
	h := hmac.New(sha256.New, key)
	h.Write(labelled(label, content))
	return [32]byte(h.Sum(nil))
}

// derive is HKDF-SHA256 with an empty salt and the labelled context as info.
func derive(secret []byte, label string, context []byte, size int) []byte {
	out, err := hkdf.Key(sha256.New, secret, nil, string(labelled(label, context)), size)
	if err != nil {
		panic("pinvault: " + err.Error()) // only for sizes that this package never asks for
	}
	return out
}

// verify checks an Ed25519 signature over the labelled content.
func verify(key PublicKey, label string, content, signature []byte) bool {
	return len(signature) == ed25519.SignatureSize &&
		ed25519.Verify(key[:], labelled(label, content), signature)
}

// sign makes an Ed25519 signature over the labelled content.
func sign(key ed25519.PrivateKey, label string, content []byte) [64]byte {
	return [64]byte(ed25519.Sign(key, labelled(label, content)))
}

func publicOf(key ed25519.PrivateKey) PublicKey { return PublicKey(key[32:]) }
