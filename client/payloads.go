package client

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// contactPin says which account a handle was pinned to at first contact.
type contactPin struct {
	handle  account.Handle
	account account.ID
}

func (p *contactPin) bytes() []byte {
	return append(syntax.AppendString(nil, string(p.handle)), p.account[:]...)
}

func parseContactPin(b []byte) (*contactPin, error) {
	r := syntax.NewReader(b)
	h, err := account.ParseHandle(r.String())
	p := &contactPin{handle: h}
	r.Copy(p.account[:])
	if err != nil {
		r.Fail(err)
	}
	return p, r.Done()
}

// hiding says which messages the account has deleted for itself.
type hiding struct {
	conversation convo.ID
	imported     bool // the conversation is one of an imported history
	messages     []hidden
}

type hidden struct {
	seq uint64
	id  content.MessageID
}

func (h *hiding) bytes() []byte {
	b := syntax.AppendBool(append([]byte(nil), h.conversation[:]...), h.imported)
	return syntax.AppendVector(b, func(b []byte) []byte {
		for _, m := range h.messages {
			b = append(syntax.AppendUint64(b, m.seq), m.id[:]...)
		}
		return b
	})
}

func parseHiding(b []byte) (*hiding, error) {
	r := syntax.NewReader(b)
	h := new(hiding)
	r.Copy(h.conversation[:])
	h.imported = r.Bool()
	h.messages = syntax.List(r, func(r *syntax.Reader) hidden {
		m := hidden{seq: r.Uint64()}
		r.Copy(m.id[:])
		if m.seq == 0 {
			r.Fail(syntax.ErrInvalidValue)
		}
		return m
	})
	return h, r.Done()
}

// readMark says up to where the account has read a conversation.
type readMark struct {
	conversation convo.ID
	seq          uint64
}

func (m *readMark) bytes() []byte {
	return syntax.AppendUint64(append([]byte(nil), m.conversation[:]...), m.seq)
}

func parseReadMark(b []byte) (*readMark, error) {
	r := syntax.NewReader(b)
	m := new(readMark)
	r.Copy(m.conversation[:])
	m.seq = r.Uint64()
	return m, r.Done()
}
