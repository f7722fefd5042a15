package client

import (
	"fmt"
	"strings"

	"github.com/coffer-chat/coffer/core/pinvault"
)

// guard is the account's, as realms want it beside a device.
func (e *Engine) guard() *pinvault.DeviceSigner {
	roots := e.self.roots
	g := roots.Guard()
	defer g.Erase()
	return &pinvault.DeviceSigner{
		Key: pinvault.PublicKey(g.Public()),
		Sign: func(m []byte) ([]byte, error) {
			g := roots.Guard()
			defer g.Erase()
			return g.SignRealmRequest(m), nil
		},
	}
}

// faulty names the realms that are to blame, where a flow failed: those that lied, or
// else those that did not answer.
func faulty(set pinvault.RealmSet, flow pinvault.Flow) string {
	f, ok := flow.(interface{ Faults() []pinvault.Fault })
	if !ok {
		return ""
	}
	var lied, away []string
	for _, x := range f.Faults() {
		r := set.Realms[x.Realm]
		name := fmt.Sprintf("%s (key %s…: %v)", r.URL, r.Key.String()[:8], x)
		if x.Lied() || x.Reason == pinvault.ReasonResponse {
			lied = append(lied, name)
		} else {
			away = append(away, name)
		}
	}
	switch {
	case len(lied) > 0:
		return "; not to be trusted: " + strings.Join(lied, ", ")
	case len(away) > 0:
		return ": " + strings.Join(away, ", ")
	}
	return ""
}
