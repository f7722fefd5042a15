package ephemeral

import (
	"errors"

	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// MaxSize bounds a sealed message in bytes.
const MaxSize = 1024

var (
	// ErrMalformed reports bytes that are no ephemeral message.
	ErrMalformed = errors.New("ephemeral: malformed message")
	// ErrOpen reports a message that its sender's leaf did not make: what is wrong
	// with it is nobody's to know.
	ErrOpen = errors.New("ephemeral: message does not open")
)

const version = 1

// Address is what a message says in the clear: under whose key it is sealed.
type Address struct {
	Conversation convo.ID
	Generation   uint32
	Epoch        uint64
	Leaf         uint32
}

func (a *Address) append(b []byte) []byte {
	b = syntax.AppendUint16(b, version)
	b = append(b, a.Conversation[:]...)
	b = syntax.AppendUint32(b, a.Generation)
	b = syntax.AppendUint64(b, a.Epoch)
	return syntax.AppendUint32(b, a.Leaf)
}

// sealed is a message as it travels.
type sealed struct {
	address    Address
	nonce      [nonceSize]byte
	ciphertext []byte
}

func parse(b []byte) (*sealed, error) {
	if len(b) > MaxSize {
		return nil, ErrMalformed
	}
	r := syntax.NewReader(b)
	if r.Uint16() != version {
		return nil, ErrMalformed
	}
	m := new(sealed)
	r.Copy(m.address.Conversation[:])
	m.address.Generation, m.address.Epoch, m.address.Leaf = r.Uint32(), r.Uint64(), r.Uint32()
	r.Copy(m.nonce[:])
	m.ciphertext = r.Opaque()
	if r.Done() != nil {
		return nil, ErrMalformed
	}
	return m, nil
}

// ParseAddress reads whose message it says it is. Nothing of it is verified
// before Open.
func ParseAddress(b []byte) (Address, error) {
	m, err := parse(b)
	if err != nil {
		return Address{}, err
	}
	return m.address, nil
}
