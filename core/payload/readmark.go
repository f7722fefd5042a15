package payload

import (
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// ReadMark says up to where the account has read a conversation.
type ReadMark struct {
	Conversation convo.ID
	Seq          uint64
}

// Bytes returns a payload's body.
func (m *ReadMark) Bytes() []byte {
	return syntax.AppendUint64(append([]byte(nil), m.Conversation[:]...), m.Seq)
}

// ParseReadMark reads a payload's body.
func ParseReadMark(b []byte) (*ReadMark, error) {
	r := syntax.NewReader(b)
	m := new(ReadMark)
	r.Copy(m.Conversation[:])
	m.Seq = r.Uint64()
	return m, r.Done()
}
