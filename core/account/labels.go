package account

import (
	"crypto/hkdf"
	"crypto/sha256"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// labelPrefix starts every label, so that nothing signed or hashed here can
// pass for something of another protocol or another version of this one.
const labelPrefix = "Coffer 1.0 "

// Hash is a SHA-256 value.
type Hash [32]byte

// IsZero reports whether h is all zeros, which no hash of ours is.
func (h Hash) IsZero() bool { return h == Hash{} }

// HashWithLabel returns SHA-256 over
//
//	struct { opaque label<V> = "Coffer 1.0 " + label; opaque content<V>; }
//
// (the shape of RFC 9420, section 5.2).
func HashWithLabel(label string, content []byte) Hash {
	return sha256.Sum256(withLabel(label, content))
}

// ExpandWithLabel returns n bytes of HKDF-Expand (SHA-256) of secret, which
// must be uniformly random and at least 32 bytes long, with the info
//
//	struct { uint16 length; opaque label<V> = "Coffer 1.0 " + label; opaque context<V>; }
//
// (the shape of RFC 9420, section 8). n is at most 255*32.
func ExpandWithLabel(secret []byte, label string, context []byte, n int) []byte {
	info := syntax.AppendUint16(nil, uint16(n))
	info = syntax.AppendString(info, labelPrefix+label)
	info = syntax.AppendOpaque(info, context)
	out, err := hkdf.Expand(sha256.New, secret, string(info), n)
	if err != nil {
		panic("account: " + err.Error()) // n out of range: a programming error
	}
	return out
}

// withLabel is the content of every labelled hash and signature.
func withLabel(label string, content []byte) []byte {
	b := make([]byte, 0, len(labelPrefix)+len(label)+len(content)+8)
	b = syntax.AppendString(b, labelPrefix+label)
	return syntax.AppendOpaque(b, content)
}
