package mls

import (
	"bytes"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// CredentialType is a value of the "MLS Credential Types" registry.
type CredentialType uint16

// The credential types of RFC 9420, section 17.5.
const (
	CredentialBasic CredentialType = 0x0001
	CredentialX509  CredentialType = 0x0002
)

// Credential says who holds a signature key (RFC 9420, section 5.3). The
// package does not look inside: whether it is acceptable is for the
// application's [Validator] to say.
type Credential struct {
	Type CredentialType
	// Identity is the identity of a basic credential.
	Identity []byte
	// Certificates is the DER chain of an X.509 credential, end entity first.
	Certificates [][]byte
}

// BasicCredential returns a basic credential.
func BasicCredential(identity []byte) Credential {
	return Credential{Type: CredentialBasic, Identity: identity}
}

// X509Credential returns an X.509 credential.
func X509Credential(chain ...[]byte) Credential {
	return Credential{Type: CredentialX509, Certificates: chain}
}

// Append appends the encoding of c to b.
func (c Credential) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, uint16(c.Type))
	if c.Type == CredentialX509 {
		return syntax.AppendVector(b, func(b []byte) []byte {
			for _, cert := range c.Certificates {
				b = syntax.AppendOpaque(b, cert)
			}
			return b
		})
	}
	return syntax.AppendOpaque(b, c.Identity)
}

// Equal reports whether two credentials have the same encoding.
func (c Credential) Equal(o Credential) bool {
	return bytes.Equal(c.Append(nil), o.Append(nil))
}

// readCredential refuses other types: their length cannot be known.
func readCredential(r *syntax.Reader) Credential {
	c := Credential{Type: CredentialType(r.Uint16())}
	switch c.Type {
	case CredentialBasic:
		c.Identity = r.Opaque()
	case CredentialX509:
		c.Certificates = syntax.List(r, (*syntax.Reader).Opaque)
	default:
		r.Fail(ErrUnsupported)
	}
	return c
}
