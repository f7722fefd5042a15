package mls

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// ExtensionType is a value of the "MLS Extension Types" registry.
type ExtensionType uint16

// Extension types of RFC 9420, section 17.3, and of draft-ietf-mls-extensions
// (the value suggested there).
const (
	ExtensionApplicationID        ExtensionType = 0x0001
	ExtensionRatchetTree          ExtensionType = 0x0002
	ExtensionRequiredCapabilities ExtensionType = 0x0003
	ExtensionExternalPub          ExtensionType = 0x0004
	ExtensionExternalSenders      ExtensionType = 0x0005
	ExtensionAppDataDictionary    ExtensionType = 0x0006
)

// isDefault reports whether every client supports t (RFC 9420, section 7.2).
func (t ExtensionType) isDefault() bool { return t >= 1 && t <= 5 }

// Extension is one extension; Data is the content without its length.
type Extension struct {
	Type ExtensionType
	Data []byte
}

// Extensions is a list with at most one extension of each type. It is not
// changed in place: With and Without return new lists.
type Extensions []Extension

// Get returns the content of the extension of type t and whether there is one.
func (e Extensions) Get(t ExtensionType) ([]byte, bool) {
	for _, x := range e {
		if x.Type == t {
			return x.Data, true
		}
	}
	return nil, false
}

// With returns the list with the extension of type t set to data, in its old
// place or else at the end.
func (e Extensions) With(t ExtensionType, data []byte) Extensions {
	out := slices.Clone(e)
	for i := range out {
		if out[i].Type == t {
			out[i].Data = data
			return out
		}
	}
	return append(out, Extension{t, data})
}

// Without returns the list without the extension of type t.
func (e Extensions) Without(t ExtensionType) Extensions {
	return slices.DeleteFunc(slices.Clone(e), func(x Extension) bool { return x.Type == t })
}

// Append appends the encoding of e to b.
func (e Extensions) Append(b []byte) []byte {
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, x := range e {
			b = syntax.AppendUint16(b, uint16(x.Type))
			b = syntax.AppendOpaque(b, x.Data)
		}
		return b
	})
}

func readExtensions(r *syntax.Reader) Extensions {
	list := Extensions(syntax.List(r, func(r *syntax.Reader) Extension {
		return Extension{Type: ExtensionType(r.Uint16()), Data: r.Opaque()}
	}))
	if err := list.check(); err != nil {
		r.Fail(err)
	}
	return list
}

// check refuses a type that appears twice (RFC 9420, section 13.4).
func (e Extensions) check() error {
	if len(e) < 2 {
		return nil
	}
	var seen typeSet
	for _, x := range e {
		if !seen.add(uint16(x.Type)) {
			return fmt.Errorf("%w: extension type twice", ErrMalformed)
		}
	}
	return nil
}

// supportedBy reports whether a client with capabilities c supports all types.
func (e Extensions) supportedBy(c Capabilities) bool {
	supports := supported(len(e), c.Extensions)
	for _, x := range e {
		if !x.Type.isDefault() && !supports(x.Type) {
			return false
		}
	}
	return true
}

// requirements returns the content of required_capabilities, empty if absent.
func (e Extensions) requirements() (RequiredCapabilities, error) {
	data, ok := e.Get(ExtensionRequiredCapabilities)
	if !ok {
		return RequiredCapabilities{}, nil
	}
	return ParseRequiredCapabilities(data)
}

// demandMore reports whether extensions of a GroupContext ask anything of its
// members that the old ones did not.
func (e Extensions) demandMore(old Extensions) bool {
	var had typeSet
	for _, x := range old {
		had.add(uint16(x.Type))
	}
	for _, x := range e {
		if !had.has(uint16(x.Type)) {
			return true
		}
	}
	data, _ := e.Get(ExtensionRequiredCapabilities)
	was, _ := old.Get(ExtensionRequiredCapabilities)
	return len(data) > 0 && !bytes.Equal(data, was)
}

// ExternalSender may send proposals from outside the group (RFC 9420, section
// 12.1.8.1).
type ExternalSender struct {
	SignatureKey SignaturePublicKey
	Credential   Credential
}

// AppendExternalSenders appends the content of an external_senders extension.
func AppendExternalSenders(b []byte, list []ExternalSender) []byte {
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, s := range list {
			b = syntax.AppendOpaque(b, s.SignatureKey)
			b = s.Credential.Append(b)
		}
		return b
	})
}

// ParseExternalSenders reads the content of an external_senders extension.
func ParseExternalSenders(data []byte) ([]ExternalSender, error) {
	r := syntax.NewReader(data)
	list := syntax.List(r, func(r *syntax.Reader) ExternalSender {
		return ExternalSender{SignatureKey: r.Opaque(), Credential: readCredential(r)}
	})
	return list, malformed("external_senders", r.Done())
}

// externalSenders returns the external_senders extension, empty if absent.
func (e Extensions) externalSenders() ([]ExternalSender, error) {
	data, ok := e.Get(ExtensionExternalSenders)
	if !ok {
		return nil, nil
	}
	return ParseExternalSenders(data)
}

// checkContext refuses lists that may not stand in a GroupContext: types twice,
// or contents of known types that do not parse.
func (e Extensions) checkContext() error {
	if err := e.check(); err != nil {
		return err
	}
	if err := e.checkNoGrease(); err != nil {
		return err
	}
	req, err := e.requirements()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(req.Extensions, isGrease) || slices.ContainsFunc(req.Proposals, isGrease) ||
		slices.ContainsFunc(req.Credentials, isGrease) {
		return fmt.Errorf("%w: reserved type required", ErrUnsupported)
	}
	if _, err := e.externalSenders(); err != nil {
		return err
	}
	if data, ok := e.Get(ExtensionAppDataDictionary); ok {
		if _, err := ParseAppDataDictionary(data); err != nil {
			return err
		}
	}
	return nil
}

// malformed wraps a decoder's error with the object's name; nil stays nil.
func malformed(object string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s: %w", ErrMalformed, object, err)
}
