package mls

import (
	"bytes"
	"fmt"

	"github.com/coffer-chat/coffer/mls/syntax"
)

// WireFormat is a value of the "MLS Wire Formats" registry (RFC 9420, section 17.2).
type WireFormat uint16

// The wire formats.
const (
	WirePublicMessage  WireFormat = 1
	WirePrivateMessage WireFormat = 2
	WireWelcome        WireFormat = 3
	WireGroupInfo      WireFormat = 4
	WireKeyPackage     WireFormat = 5
)

// Message is a parsed MLSMessage: the field of its wire format is set. Nothing
// of it has been verified.
type Message struct {
	WireFormat WireFormat
	Public     *PublicMessage
	Private    *PrivateMessage
	Welcome    *Welcome
	GroupInfo  *GroupInfo
	KeyPackage *KeyPackage
}

// ParseMessage reads an MLSMessage (RFC 9420, section 6). The result shares no
// memory with b.
func ParseMessage(b []byte) (*Message, error) { return parseShared(bytes.Clone(b)) }

// parseShared is ParseMessage whose result shares memory with b.
func parseShared(b []byte) (*Message, error) {
	r := syntax.NewReader(b)
	format, err := readMessageHead(r)
	if err != nil {
		return nil, err
	}
	m := &Message{WireFormat: format}
	switch m.WireFormat {
	case WirePublicMessage:
		m.Public = readPublicMessage(r)
	case WirePrivateMessage:
		m.Private = readPrivateMessage(r)
	case WireWelcome:
		m.Welcome = readWelcome(r)
	case WireGroupInfo:
		m.GroupInfo = readGroupInfo(r)
	case WireKeyPackage:
		m.KeyPackage = readKeyPackage(r)
	default:
		return nil, fmt.Errorf("%w: wire format", ErrMalformed)
	}
	if err := r.Done(); err != nil {
		return nil, malformed("message", err)
	}
	return m, nil
}

func readMessageHead(r *syntax.Reader) (WireFormat, error) {
	v, format := ProtocolVersion(r.Uint16()), WireFormat(r.Uint16())
	if err := r.Err(); err != nil {
		return 0, malformed("message", err)
	}
	if v != MLS10 {
		return 0, ErrUnsupportedVersion
	}
	return format, nil
}

func appendMessageHead(b []byte, w WireFormat) []byte {
	return syntax.AppendUint16(syntax.AppendUint16(b, uint16(MLS10)), uint16(w))
}

// Append appends the encoding of m to b. Without the field of its wire format it
// is the head alone, which no one parses.
func (m *Message) Append(b []byte) []byte {
	b = appendMessageHead(b, m.WireFormat)
	switch {
	case m.WireFormat == WirePublicMessage && m.Public != nil:
		return m.Public.append(b)
	case m.WireFormat == WirePrivateMessage && m.Private != nil:
		return m.Private.append(b)
	case m.WireFormat == WireWelcome && m.Welcome != nil:
		return m.Welcome.append(b)
	case m.WireFormat == WireGroupInfo && m.GroupInfo != nil:
		return m.GroupInfo.append(b)
	case m.WireFormat == WireKeyPackage && m.KeyPackage != nil:
		return m.KeyPackage.Append(b)
	}
	return b
}

// Header is what a PublicMessage or PrivateMessage shows without keys.
type Header struct {
	WireFormat        WireFormat
	GroupID           []byte
	Epoch             uint64
	ContentType       ContentType
	AuthenticatedData []byte
	// Sender is known for a PublicMessage only; otherwise its Type is 0.
	Sender Sender
}

// ParseHeader reads the beginning of a PublicMessage or PrivateMessage, at a
// cost that does not depend on its content. Nothing is authenticated. The result
// shares memory with b.
func ParseHeader(b []byte) (Header, error) {
	r := syntax.NewReader(b)
	format, err := readMessageHead(r)
	if err != nil {
		return Header{}, err
	}
	h := Header{WireFormat: format, GroupID: r.Opaque(), Epoch: r.Uint64()}
	switch format {
	case WirePublicMessage:
		h.Sender = readSender(r)
		h.AuthenticatedData = r.Opaque()
		h.ContentType = ContentType(r.Uint8())
	case WirePrivateMessage:
		h.ContentType = ContentType(r.Uint8())
		h.AuthenticatedData = r.Opaque()
	default:
		return Header{}, fmt.Errorf("%w: message without a header", ErrWrongContent)
	}
	if h.ContentType < ContentApplication || h.ContentType > ContentCommit {
		r.Fail(fmt.Errorf("%w: content type", ErrMalformed))
	}
	if err := r.Err(); err != nil {
		return Header{}, malformed("message", err)
	}
	return h, nil
}
