package ephemeral

import (
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Kind says what a message says. A number's meaning never changes.
type Kind uint8

// The kinds.
const (
	Typing Kind = 1
	Read   Kind = 2
)

// Message is what somebody says beside the log.
type Message struct {
	Kind Kind
	// Counter grows with each message of a leaf; it is the time of sending in
	// milliseconds since 1970, or one more than the one before.
	Counter uint64
	// Head is the log's head up to which Read says that the account has read.
	Head convo.LogHead
}

func (m *Message) append(b []byte) []byte {
	b = syntax.AppendUint8(b, uint8(m.Kind))
	b = syntax.AppendUint64(b, m.Counter)
	if m.Kind == Read {
		b = syntax.AppendUint64(b, m.Head.Seq)
		b = append(b, m.Head.Link[:]...)
	}
	return b
}

func readMessage(r *syntax.Reader) (m Message) {
	m.Kind, m.Counter = Kind(r.Uint8()), r.Uint64()
	switch m.Kind {
	case Typing:
	case Read:
		m.Head.Seq = r.Uint64()
		r.Copy(m.Head.Link[:])
		if m.Head.Seq == 0 {
			r.Fail(syntax.ErrInvalidValue)
		}
	default: // of a later version
		r.Fail(syntax.ErrInvalidValue)
	}
	return m
}
