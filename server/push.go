package server

import (
	"crypto/x509"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/internal/push"
)

// PushTiming says when devices are woken. A zero field means the default.
type PushTiming = push.Timing

// Push says how devices are woken that asked for it, through the push services of
// their makers (spec/push.md). The zero value is ready for use.
type Push struct {
	// Off wakes nobody, and tells devices so.
	Off bool
	// Allow names push services, as host or host:port, that may lie elsewhere than
	// on port 443 of a public address.
	Allow []string
	// Roots are the authorities that push services' certificates are checked
	// against. Nil: the system's.
	Roots *x509.CertPool
	// Contact is where the operators of push services find this server's: an https
	// or mailto address. Empty: https and the host's name.
	Contact string
	Timing  PushTiming
}

func (p Push) options(host account.Host) push.Options {
	if p.Contact == "" {
		p.Contact = "https://" + string(host)
	}
	return push.Options{Off: p.Off, Allow: p.Allow, Roots: p.Roots, Contact: p.Contact, Timing: p.Timing}
}
