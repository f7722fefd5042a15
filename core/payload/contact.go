package payload

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// ContactPin says which account a handle was pinned to at first contact.
type ContactPin struct {
	Handle  account.Handle
	Account account.ID
}

// Bytes returns a payload's body.
func (p *ContactPin) Bytes() []byte {
	return append(syntax.AppendString(nil, string(p.Handle)), p.Account[:]...)
}

// ParseContactPin reads a payload's body.
func ParseContactPin(b []byte) (*ContactPin, error) {
	r := syntax.NewReader(b)
	h, err := account.ParseHandle(r.String())
	p := &ContactPin{Handle: h}
	r.Copy(p.Account[:])
	if err != nil {
		r.Fail(err)
	}
	return p, r.Done()
}

// AcceptedBytes is the body of a payload of kind 30.
func AcceptedBytes(id account.ID) []byte { return append([]byte(nil), id[:]...) }

// ParseAccepted reads whose request was accepted.
func ParseAccepted(b []byte) (id account.ID, err error) {
	r := syntax.NewReader(b)
	r.Copy(id[:])
	return id, r.Done()
}
