package payload

import (
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/linking"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// DeviceName says what the account calls a device from now on.
type DeviceName struct {
	Device account.KeyholderID
	Name   string
}

// Bytes returns a payload's body.
func (p *DeviceName) Bytes() []byte {
	return syntax.AppendString(append([]byte(nil), p.Device[:]...), p.Name)
}

// ParseDeviceName reads a payload's body.
func ParseDeviceName(b []byte) (*DeviceName, error) {
	r := syntax.NewReader(b)
	p := &DeviceName{}
	r.Copy(p.Device[:])
	p.Name = r.String()
	if len(p.Name) > account.MaxName || !utf8.ValidString(p.Name) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}

// DeviceSeen says that the device which wrote it was in use, and what it runs on.
type DeviceSeen struct{ Platform string }

// Bytes returns a payload's body.
func (p *DeviceSeen) Bytes() []byte { return syntax.AppendString(nil, p.Platform) }

// ParseDeviceSeen reads a payload's body.
func ParseDeviceSeen(b []byte) (*DeviceSeen, error) {
	r := syntax.NewReader(b)
	p := &DeviceSeen{Platform: r.String()}
	if len(p.Platform) > linking.MaxPlatform || !utf8.ValidString(p.Platform) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}
