package payload

import (
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// Hiding says which messages the account has deleted for itself.
type Hiding struct {
	Conversation convo.ID
	Imported     bool // the conversation is one of an imported history
	Messages     []Hidden
}

// Hidden is a message that was deleted, by its place and its id.
type Hidden struct {
	Seq uint64
	ID  content.MessageID
}

// Bytes returns a payload's body.
func (h *Hiding) Bytes() []byte {
	b := syntax.AppendBool(append([]byte(nil), h.Conversation[:]...), h.Imported)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, m := range h.Messages {
			b = append(syntax.AppendUint64(b, m.Seq), m.ID[:]...)
		}
		return b
	})
}

// ParseHiding reads a payload's body.
func ParseHiding(b []byte) (*Hiding, error) {
	r := syntax.NewReader(b)
	h := new(Hiding)
	r.Copy(h.Conversation[:])
	h.Imported = r.Bool()
	h.Messages = syntax.List(r, func(r *syntax.Reader) Hidden {
		m := Hidden{Seq: r.Uint64()}
		r.Copy(m.ID[:])
		if m.Seq == 0 {
			r.Fail(syntax.ErrInvalidValue)
		}
		return m
	})
	return h, r.Done()
}

// Clearing says that the account has cleared a conversation for itself.
type Clearing struct {
	Conversation convo.ID
	Imported     bool
	Seq          uint64 // the last entry, or ordinal, that goes
}

// Bytes returns a payload's body.
func (c *Clearing) Bytes() []byte {
	b := syntax.AppendBool(append([]byte(nil), c.Conversation[:]...), c.Imported)
	return syntax.AppendUint64(b, c.Seq)
}

// ParseClearing reads a payload's body.
func ParseClearing(b []byte) (*Clearing, error) {
	r := syntax.NewReader(b)
	c := new(Clearing)
	r.Copy(c.Conversation[:])
	c.Imported, c.Seq = r.Bool(), r.Uint64()
	if c.Seq == 0 {
		r.Fail(syntax.ErrInvalidValue)
	}
	return c, r.Done()
}
