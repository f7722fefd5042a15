package client

import (
	"unicode/utf8"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/linking"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// deviceName says what the account calls a device from now on.
type deviceName struct {
	device account.KeyholderID
	name   string
}

func (p *deviceName) bytes() []byte {
	return syntax.AppendString(append([]byte(nil), p.device[:]...), p.name)
}

func parseDeviceName(b []byte) (*deviceName, error) {
	r := syntax.NewReader(b)
	p := &deviceName{}
	r.Copy(p.device[:])
	p.name = r.String()
	if len(p.name) > account.MaxName || !utf8.ValidString(p.name) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}

// deviceSeen says that the device which wrote it was in use, and what it runs on.
type deviceSeen struct{ platform string }

func (p *deviceSeen) bytes() []byte { return syntax.AppendString(nil, p.platform) }

func parseDeviceSeen(b []byte) (*deviceSeen, error) {
	r := syntax.NewReader(b)
	p := &deviceSeen{platform: r.String()}
	if len(p.platform) > linking.MaxPlatform || !utf8.ValidString(p.platform) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return p, r.Done()
}
