package convo

import (
	"bytes"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Kind tells a conversation of two from a group.
type Kind uint8

// The kinds of conversation.
const (
	Direct Kind = 1
	Group  Kind = 2
)

// Facts are what a conversation keeps from its creation on. They stand in the
// GroupContext of every epoch as the component ComponentFacts.
type Facts struct {
	Host    string
	Kind    Kind
	Creator account.ID
	// Nonce makes a group's id; it is zero in a direct conversation.
	Nonce [32]byte
	// Peer is the other account of a direct conversation.
	Peer       account.ID
	Generation uint32
}

const factsVersion = 1

// ID computes the conversation's id.
func (f *Facts) ID() ID {
	if f.Kind == Direct {
		return DirectID(f.Host, f.Creator, f.Peer)
	}
	return GroupID(f.Host, f.Creator, f.Nonce)
}

// Append appends the encoding (spec/conversation.md, ConversationFacts).
func (f *Facts) Append(b []byte) []byte {
	b = syntax.AppendUint16(b, factsVersion)
	b = syntax.AppendUint8(b, uint8(f.Kind))
	b = syntax.AppendString(b, f.Host)
	b = append(b, f.Creator[:]...)
	if f.Kind == Direct {
		b = append(b, f.Peer[:]...)
	} else {
		b = append(b, f.Nonce[:]...)
	}
	return syntax.AppendUint32(b, f.Generation)
}

// ParseFacts reads the encoding.
func ParseFacts(b []byte) (*Facts, error) {
	r := syntax.NewReader(b)
	if r.Uint16() != factsVersion {
		return nil, ErrMalformed
	}
	f := &Facts{Kind: Kind(r.Uint8()), Host: r.String()}
	r.Copy(f.Creator[:])
	switch f.Kind {
	case Direct:
		r.Copy(f.Peer[:])
	case Group:
		r.Copy(f.Nonce[:])
	default:
		return nil, ErrMalformed
	}
	f.Generation = r.Uint32()
	if r.Done() != nil || len(f.Host) == 0 || len(f.Host) > 255 {
		return nil, ErrMalformed
	}
	return f, nil
}

// sameButGeneration reports whether f and g are of one conversation.
func (f *Facts) sameButGeneration(g *Facts) bool {
	a, b := *f, *g
	a.Generation, b.Generation = 0, 0
	return bytes.Equal(a.Append(nil), b.Append(nil))
}
