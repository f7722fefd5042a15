package mls

import (
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ProtocolVersion is the version of MLS; there is one.
type ProtocolVersion uint16

// MLS10 is protocol version mls10 (RFC 9420, section 6).
const MLS10 ProtocolVersion = 1

// Capabilities lists what a client supports beyond the defaults (RFC 9420,
// section 7.2).
type Capabilities struct {
	Versions     []ProtocolVersion
	CipherSuites []CipherSuite
	Extensions   []ExtensionType
	Proposals    []ProposalType
	Credentials  []CredentialType
}

// DefaultCapabilities is what this package supports by itself: version mls10,
// all suites built, the app_data_dictionary extension, basic and X.509
// credentials, and no proposal type beyond the default ones.
func DefaultCapabilities() Capabilities {
	return Capabilities{
		Versions:     []ProtocolVersion{MLS10},
		CipherSuites: SupportedSuites(),
		Extensions:   []ExtensionType{ExtensionAppDataDictionary},
		Credentials:  []CredentialType{CredentialBasic, CredentialX509},
	}
}

// with adds the types of extensions that are not supported yet.
func (c Capabilities) with(e Extensions) Capabilities {
	for _, x := range e {
		if !c.SupportsExtension(x.Type) {
			c.Extensions = append(slices.Clip(c.Extensions), x.Type)
		}
	}
	return c
}

// isZero reports whether no field is set.
func (c Capabilities) isZero() bool {
	return c.Versions == nil && c.CipherSuites == nil && c.Extensions == nil && c.Proposals == nil && c.Credentials == nil
}

// SupportsExtension reports whether t is a default extension type or listed.
func (c Capabilities) SupportsExtension(t ExtensionType) bool {
	return t.isDefault() || slices.Contains(c.Extensions, t)
}

// SupportsProposal reports whether t is a default proposal type or listed.
func (c Capabilities) SupportsProposal(t ProposalType) bool {
	return t.isDefault() || slices.Contains(c.Proposals, t)
}

// SupportsCredential reports whether t is listed; there are no defaults.
func (c Capabilities) SupportsCredential(t CredentialType) bool {
	return slices.Contains(c.Credentials, t)
}

// Append appends the encoding of c to b.
func (c Capabilities) Append(b []byte) []byte {
	b = appendUint16s(b, c.Versions)
	b = appendUint16s(b, c.CipherSuites)
	b = appendUint16s(b, c.Extensions)
	b = appendUint16s(b, c.Proposals)
	return appendUint16s(b, c.Credentials)
}

func readCapabilities(r *syntax.Reader) Capabilities {
	return Capabilities{
		Versions:     readUint16s[ProtocolVersion](r),
		CipherSuites: readUint16s[CipherSuite](r),
		Extensions:   readUint16s[ExtensionType](r),
		Proposals:    readUint16s[ProposalType](r),
		Credentials:  readUint16s[CredentialType](r),
	}
}

// RequiredCapabilities is the content of the required_capabilities extension
// (RFC 9420, section 11.1).
type RequiredCapabilities struct {
	Extensions  []ExtensionType
	Proposals   []ProposalType
	Credentials []CredentialType
}

// Append appends the encoding of c to b.
func (c RequiredCapabilities) Append(b []byte) []byte {
	b = appendUint16s(b, c.Extensions)
	b = appendUint16s(b, c.Proposals)
	return appendUint16s(b, c.Credentials)
}

// ParseRequiredCapabilities reads the content of a required_capabilities
// extension.
func ParseRequiredCapabilities(data []byte) (RequiredCapabilities, error) {
	r := syntax.NewReader(data)
	c := RequiredCapabilities{
		Extensions:  readUint16s[ExtensionType](r),
		Proposals:   readUint16s[ProposalType](r),
		Credentials: readUint16s[CredentialType](r),
	}
	return c, malformed("required_capabilities", r.Done())
}

// metBy reports whether a client with capabilities c meets the requirements.
func (q RequiredCapabilities) metBy(c Capabilities) bool {
	extension := supported(len(q.Extensions), c.Extensions)
	for _, t := range q.Extensions {
		if !t.isDefault() && !extension(t) {
			return false
		}
	}
	proposal := supported(len(q.Proposals), c.Proposals)
	for _, t := range q.Proposals {
		if !t.isDefault() && !proposal(t) {
			return false
		}
	}
	credential := supported(len(q.Credentials), c.Credentials)
	for _, t := range q.Credentials {
		if !credential(t) {
			return false
		}
	}
	return true
}

func appendUint16s[T ~uint16](b []byte, list []T) []byte {
	b = syntax.AppendVarint(b, 2*len(list))
	for _, v := range list {
		b = syntax.AppendUint16(b, uint16(v))
	}
	return b
}

func readUint16s[T ~uint16](r *syntax.Reader) []T {
	return syntax.List(r, func(r *syntax.Reader) T { return T(r.Uint16()) })
}
