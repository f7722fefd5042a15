package mls

import (
	"bytes"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// GroupContext is the state of a group that its members agree on (RFC 9420,
// section 8.1).
type GroupContext struct {
	CipherSuite             CipherSuite
	GroupID                 []byte
	Epoch                   uint64
	TreeHash                []byte
	ConfirmedTranscriptHash []byte
	Extensions              Extensions
}

// Append appends the encoding of c to b.
func (c *GroupContext) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, uint16(MLS10))
	b = syntax.AppendUint16(b, uint16(c.CipherSuite))
	b = syntax.AppendOpaque(b, c.GroupID)
	b = syntax.AppendUint64(b, c.Epoch)
	b = syntax.AppendOpaque(b, c.TreeHash)
	b = syntax.AppendOpaque(b, c.ConfirmedTranscriptHash)
	return c.Extensions.Append(b)
}

func readGroupContext(r *syntax.Reader) GroupContext {
	if v := ProtocolVersion(r.Uint16()); r.Err() == nil && v != MLS10 {
		r.Fail(ErrUnsupportedVersion)
	}
	c := GroupContext{CipherSuite: CipherSuite(r.Uint16())}
	if r.Err() == nil {
		if err := c.CipherSuite.check(); err != nil {
			r.Fail(err)
		}
	}
	c.GroupID = r.Opaque()
	c.Epoch = r.Uint64()
	c.TreeHash = r.Opaque()
	c.ConfirmedTranscriptHash = r.Opaque()
	c.Extensions = readExtensions(r)
	return c
}

// ParseGroupContext reads a GroupContext; its suite is one that is built.
func ParseGroupContext(data []byte) (GroupContext, error) {
	r := syntax.NewReader(bytes.Clone(data))
	c := readGroupContext(r)
	return c, malformed("group context", r.Done())
}

// confirmedHash is the next confirmed transcript hash (RFC 9420, section 8.2).
func confirmedHash(suite CipherSuite, interim []byte, w WireFormat, content *FramedContent, signature []byte) []byte {
	b := syntax.AppendUint16(nil, uint16(w))
	b = content.append(b)
	b = syntax.AppendOpaque(b, signature)
	return suite.Hash(interim, b)
}

// interimHash is the next interim transcript hash (RFC 9420, section 8.2).
func interimHash(suite CipherSuite, confirmed, confirmationTag []byte) []byte {
	return suite.Hash(confirmed, syntax.AppendOpaque(nil, confirmationTag))
}
