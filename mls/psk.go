package mls

import (
	"bytes"
	"fmt"
	"io"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// PSKType says where a pre-shared key comes from (RFC 9420, section 8.4).
type PSKType uint8

// The types of pre-shared keys.
const (
	PSKExternal   PSKType = 1
	PSKResumption PSKType = 2
)

// ResumptionUsage says what a resumption PSK is used for.
type ResumptionUsage uint8

// The usages of resumption PSKs.
const (
	ResumptionApplication ResumptionUsage = 1
	ResumptionReInit      ResumptionUsage = 2
	ResumptionBranch      ResumptionUsage = 3
)

// PreSharedKeyID names a pre-shared key (RFC 9420, section 8.4).
type PreSharedKeyID struct {
	Type  PSKType
	ID    []byte          // external
	Usage ResumptionUsage // resumption, as are the next two
	Group []byte
	Epoch uint64
	// Nonce is KDF.Nh random bytes, fresh for each use.
	Nonce []byte
}

// Append appends the encoding of id to b.
func (id PreSharedKeyID) Append(b []byte) []byte {
	b = syntax.AppendUint8(b, uint8(id.Type))
	if id.Type == PSKResumption {
		b = syntax.AppendUint8(b, uint8(id.Usage))
		b = syntax.AppendOpaque(b, id.Group)
		b = syntax.AppendUint64(b, id.Epoch)
	} else {
		b = syntax.AppendOpaque(b, id.ID)
	}
	return syntax.AppendOpaque(b, id.Nonce)
}

func readPSKID(r *syntax.Reader) PreSharedKeyID {
	id := PreSharedKeyID{Type: PSKType(r.Uint8())}
	switch id.Type {
	case PSKExternal:
		id.ID = r.Opaque()
	case PSKResumption:
		id.Usage = ResumptionUsage(r.Uint8())
		if id.Usage < ResumptionApplication || id.Usage > ResumptionBranch {
			r.Fail(fmt.Errorf("%w: resumption usage", ErrMalformed))
		}
		id.Group = r.Opaque()
		id.Epoch = r.Uint64()
	default:
		r.Fail(fmt.Errorf("%w: PSK type", ErrMalformed))
	}
	id.Nonce = r.Opaque()
	return id
}

// PSK is a pre-shared key to be injected by a commit.
type PSK struct {
	// ID names the key; an empty Nonce is drawn by Commit and JoinExternal.
	ID     PreSharedKeyID
	Secret Secret
}

// ExternalPSK returns an external pre-shared key that the application agreed on
// under a name.
func ExternalPSK(id []byte, secret Secret) PSK {
	return PSK{ID: PreSharedKeyID{Type: PSKExternal, ID: id}, Secret: secret}
}

// PSKSource looks up a pre-shared key; false if it is not at hand. Resumption
// keys of the group's own current epoch are found without it.
type PSKSource func(PreSharedKeyID) (Secret, bool)

// pskSecret chains pre-shared keys into psk_secret (RFC 9420, section 8.4).
func pskSecret(suite CipherSuite, psks []PSK) (Secret, error) {
	if len(psks) > 1<<16-1 {
		return nil, fmt.Errorf("%w: pre-shared keys", ErrTooLarge)
	}
	zero := make(Secret, suite.HashSize())
	secret := zero
	for i, p := range psks {
		label := p.ID.Append(nil)
		label = syntax.AppendUint16(label, uint16(i))
		label = syntax.AppendUint16(label, uint16(len(psks)))
		input := suite.ExpandWithLabel(suite.Extract(zero, p.Secret), "derived psk", label, suite.HashSize())
		secret = suite.Extract(input, secret)
	}
	return secret, nil
}

// withNonce fills an empty nonce.
func (p PSK) withNonce(rand io.Reader, suite CipherSuite) (PSK, error) {
	if len(p.ID.Nonce) > 0 {
		return p, nil
	}
	nonce, err := suite.random(rand)
	p.ID.Nonce = nonce
	return p, err
}

// find looks each identifier up.
func (s PSKSource) find(ids []PreSharedKeyID) ([]PSK, error) {
	var list []PSK
	for _, id := range ids {
		var secret Secret
		ok := false
		if s != nil {
			secret, ok = s(id)
		}
		if !ok {
			return nil, ErrUnknownPSK
		}
		list = append(list, PSK{id, secret})
	}
	return list, nil
}

// with tries own first.
func (s PSKSource) with(own func(PreSharedKeyID) (Secret, bool)) PSKSource {
	return func(id PreSharedKeyID) (Secret, bool) {
		if secret, ok := own(id); ok || s == nil {
			return secret, ok
		}
		return s(id)
	}
}

// chosen finds the keys that the caller handed in, by their full identifiers.
func chosen(psks []PSK) func(PreSharedKeyID) (Secret, bool) {
	return func(id PreSharedKeyID) (Secret, bool) {
		enc := id.Append(nil)
		for _, p := range psks {
			if bytes.Equal(p.ID.Append(nil), enc) {
				return p.Secret, true
			}
		}
		return nil, false
	}
}
