package payload

import (
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

const (
	maxCredential = 1023 // of WebAuthn
	maxRP         = 255
)

// PasskeyNote says which passkey a keyholder is, so that every device can ask for
// just that one, and make no second one in the same place.
type PasskeyNote struct {
	Keyholder  account.KeyholderID
	Credential []byte
	RP         string // the page's host, without which the browser does not look
}

// Bytes returns a payload's body.
func (p *PasskeyNote) Bytes() []byte {
	return syntax.AppendString(syntax.AppendOpaque(append([]byte(nil), p.Keyholder[:]...), p.Credential), p.RP)
}

// ParsePasskeyNote reads a payload's body.
func ParsePasskeyNote(b []byte) (*PasskeyNote, error) {
	r := syntax.NewReader(b)
	p := new(PasskeyNote)
	r.Copy(p.Keyholder[:])
	p.Credential = append([]byte(nil), r.Opaque()...)
	p.RP = r.String()
	if r.Err() == nil && (len(p.Credential) == 0 || len(p.Credential) > maxCredential || p.RP == "" || len(p.RP) > maxRP) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}

// WayTest says that a way back was tried and right. When is the time of its entry.
type WayTest struct {
	Keyholder account.KeyholderID
	Times     uint8 // so far, this one included; no more than 255 are counted
}

// Bytes returns a payload's body.
func (w *WayTest) Bytes() []byte {
	return syntax.AppendUint8(append([]byte(nil), w.Keyholder[:]...), w.Times)
}

// ParseWayTest reads a payload's body.
func ParseWayTest(b []byte) (*WayTest, error) {
	r := syntax.NewReader(b)
	w := new(WayTest)
	r.Copy(w.Keyholder[:])
	if w.Times = r.Uint8(); r.Err() == nil && w.Times == 0 {
		r.Fail(syntax.ErrInvalidValue)
	}
	return w, r.Done()
}
