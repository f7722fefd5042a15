package mls

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/subtle"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// labelPrefix begins every label of the protocol (RFC 9420, sections 5.1.2,
// 5.1.3 and 8).
const labelPrefix = "MLS 1.0 "

// labelled encodes the label with its prefix and then the content: the shape of
// SignContent, EncryptContext and, after the length, KDFLabel.
func labelled(b []byte, label string, content []byte) []byte {
	b = syntax.AppendVarint(b, len(labelPrefix)+len(label))
	b = append(b, labelPrefix...)
	b = append(b, label...)
	return syntax.AppendOpaque(b, content)
}

// RefHash returns the hash-based identifier of value (RFC 9420, section 5.2).
// The label is used as it is: those of the RFC begin with "MLS 1.0 ".
func (s CipherSuite) RefHash(label string, value []byte) []byte {
	b := syntax.AppendString(make([]byte, 0, len(label)+len(value)+8), label)
	return s.Hash(syntax.AppendOpaque(b, value))
}

// Extract is KDF.Extract: salt first, then input keying material (section 8).
func (s CipherSuite) Extract(salt, ikm []byte) Secret {
	out, err := hkdf.Extract(s.params().newHash, ikm, salt)
	if err != nil {
		// Only in a mode of the standard library that forbids the hash.
		panic("mls: extract: " + err.Error())
	}
	return out
}

// ExpandWithLabel derives length bytes from a secret (RFC 9420, section 8). The
// length is at most 255 times HashSize and 65,535; beyond it panics: lengths
// from outside are checked before, see Group.Export.
func (s CipherSuite) ExpandWithLabel(secret Secret, label string, context []byte, length int) Secret {
	p := s.params()
	var space [128]byte
	info := syntax.AppendUint16(space[:0], uint16(length))
	info = labelled(info, label, context)
	if length <= p.nh {
		// One block of HKDF-Expand, which is all that the protocol itself asks for.
		mac := hmac.New(p.newHash, secret)
		mac.Write(info)
		mac.Write([]byte{1})
		return mac.Sum(make([]byte, 0, p.nh))[:length:length]
	}
	out, err := hkdf.Expand(p.newHash, secret, string(info), length)
	if err != nil {
		panic("mls: expand: " + err.Error())
	}
	return out
}

// DeriveSecret is ExpandWithLabel with an empty context and length KDF.Nh.
func (s CipherSuite) DeriveSecret(secret Secret, label string) Secret {
	return s.ExpandWithLabel(secret, label, nil, s.HashSize())
}

// deriveTreeSecret is DeriveTreeSecret (RFC 9420, section 9.1).
func (s CipherSuite) deriveTreeSecret(secret Secret, label string, generation uint32, length int) Secret {
	var ctx [4]byte
	return s.ExpandWithLabel(secret, label, syntax.AppendUint32(ctx[:0], generation), length)
}

// MAC is HMAC with the suite's hash (section 17.1).
func (s CipherSuite) MAC(key Secret, data []byte) []byte {
	m := hmac.New(s.params().newHash, key)
	m.Write(data)
	return m.Sum(nil)
}

// VerifyMAC reports in constant time whether tag is the MAC of data.
func (s CipherSuite) VerifyMAC(key Secret, data, tag []byte) bool {
	return subtle.ConstantTimeCompare(s.MAC(key, data), tag) == 1
}
