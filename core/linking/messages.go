package linking

import (
	"errors"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// ErrMessage says that the other device sent what is no message of the channel.
var ErrMessage = errors.New("linking: malformed message")

// MaxPlatform is the length limit of a platform's name in bytes.
const MaxPlatform = 32

// Message is what the devices say to each other: *Hello, *Offer, *Answer, *Done or
// *Refused.
type Message interface {
	bytes() []byte
}

// Hello is the new device's first message: who asks to be linked.
type Hello struct {
	Public   account.KeyholderPublic
	Name     string // what it calls itself, at most account.MaxName bytes
	Platform string
}

// Offer asks the new device to countersign the entry that adds it.
type Offer struct {
	Handle  account.Handle
	Content []byte // account.Entry.Content
}

// Answer is its countersignature.
type Answer struct{ Countersignature [64]byte }

// Done says that the entry is in the account's chain. The heads are the newest
// that the old device has verified: no older account may be shown to the new one.
type Done struct {
	Chain account.Head
	Log   account.LogHead
}

// Refused says that the person at the old device said no.
type Refused struct{}

const (
	kindHello   = 1
	kindOffer   = 2
	kindAnswer  = 3
	kindDone    = 4
	kindRefused = 5
)

func (m *Hello) bytes() []byte {
	b := m.Public.Append([]byte{kindHello})
	b = syntax.AppendString(b, m.Name)
	return syntax.AppendString(b, m.Platform)
}

func (m *Offer) bytes() []byte {
	b := syntax.AppendString([]byte{kindOffer}, string(m.Handle))
	return syntax.AppendOpaque(b, m.Content)
}

func (m *Answer) bytes() []byte { return append([]byte{kindAnswer}, m.Countersignature[:]...) }

func (m *Done) bytes() []byte { return m.Log.Append(m.Chain.Append([]byte{kindDone})) }

func (m *Refused) bytes() []byte { return []byte{kindRefused} }

func parseMessage(b []byte) (Message, error) {
	r := syntax.NewReader(b)
	var m Message
	switch r.Uint8() {
	case kindHello:
		h := &Hello{Public: account.ReadKeyholderPublic(r)}
		h.Name, h.Platform = r.String(), r.String()
		if len(h.Name) > account.MaxName || len(h.Platform) > MaxPlatform || !utf8.ValidString(h.Name) || !utf8.ValidString(h.Platform) ||
			r.Err() == nil && h.Public.Kind != account.KindDevice {
			return nil, ErrMessage
		}
		m = h
	case kindOffer:
		o := &Offer{}
		handle, err := account.ParseHandle(r.String())
		if err != nil {
			return nil, ErrMessage
		}
		o.Handle = handle
		o.Content = append([]byte(nil), r.Opaque()...)
		m = o
	case kindAnswer:
		a := &Answer{}
		r.Copy(a.Countersignature[:])
		m = a
	case kindDone:
		m = &Done{Chain: account.ReadHead(r), Log: account.ReadLogHead(r)}
	case kindRefused:
		m = &Refused{}
	default:
		return nil, ErrMessage
	}
	if r.Done() != nil {
		return nil, ErrMessage
	}
	return m, nil
}
