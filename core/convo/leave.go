package convo

import (
	"bytes"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const leaveLabel = "conversation leave"

// Leave is a participant's signed word that it leaves a conversation: the body
// of a leave entry. From that entry on the account is refused, and the members
// remove its leaves (DESIGN 5.4).
type Leave struct {
	Conversation ID
	Account      account.ID
	Device       account.KeyholderID
	Log          LogHead
	Signature    []byte // the device's, by its chain key
}

func (l *Leave) tbs() []byte {
	b := syntax.AppendUint16(nil, 1)
	b = append(b, l.Conversation[:]...)
	b = append(b, l.Account[:]...)
	b = append(b, l.Device[:]...)
	return appendLogHead(b, l.Log)
}

// Sign signs with the device's key.
func (l *Leave) Sign(device *account.KeyholderSecret) {
	l.Signature = device.Sign(leaveLabel, l.tbs())
}

// Verify verifies with the device's key.
func (l *Leave) Verify(device account.SignatureKey) error {
	return device.Verify(leaveLabel, l.tbs(), l.Signature)
}

// Append appends the encoding.
func (l *Leave) Append(b []byte) []byte {
	return syntax.AppendOpaque(append(b, l.tbs()...), l.Signature)
}

// ParseLeave reads the encoding; the signature is not yet verified.
func ParseLeave(b []byte) (*Leave, error) {
	r := syntax.NewReader(b)
	if r.Uint16() != 1 {
		return nil, ErrMalformed
	}
	l := new(Leave)
	r.Copy(l.Conversation[:])
	r.Copy(l.Account[:])
	r.Copy(l.Device[:])
	l.Log = readLogHead(r)
	l.Signature = bytes.Clone(r.Opaque())
	if r.Done() != nil || len(l.Signature) > 256 {
		return nil, ErrMalformed
	}
	return l, nil
}
