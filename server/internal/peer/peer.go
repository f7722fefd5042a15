// Package peer knows from which address a call comes, for rate limits. The
// address is kept in memory only and never logged.
package peer

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

type key struct{}

// Handler notes the address of each request. With behindProxy it is the last one
// in X-Forwarded-For, which the proxy wrote.
func Handler(next http.Handler, behindProxy bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := r.RemoteAddr
		if host, _, err := net.SplitHostPort(a); err == nil {
			a = host
		}
		if behindProxy {
			a = "unknown"
			if list := r.Header.Values("X-Forwarded-For"); len(list) > 0 {
				last := list[len(list)-1]
				a = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, coarse(a))))
	})
}

// coarse is the address that counts for limits: of IPv6 the first 64 bits, which
// is what one customer has; of this machine nothing.
func coarse(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil {
		return "unknown"
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return ""
	}
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr().String()
		}
	}
	return a.String()
}

// Address returns the address that Handler noted; "" is this machine.
func Address(ctx context.Context) string {
	a, _ := ctx.Value(key{}).(string)
	return a
}
