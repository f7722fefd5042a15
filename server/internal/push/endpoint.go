package push

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// maxEndpoint bounds an endpoint's length, in bytes.
const maxEndpoint = 1024

var (
	errEndpoint = errors.New("push: this is no endpoint of a push service")
	errAddress  = errors.New("push: the endpoint leads to an address that is not public")
)

// parseEndpoint takes what a device says. An endpoint is an https address on the
// usual port, unless the operator allows its host and port by name: the server
// must not be sent to other doors.
func parseEndpoint(text string, allowed []string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxEndpoint || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return nil, errEndpoint
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return nil, errEndpoint
		}
	}
	if slices.Contains(allowed, door(u.Host)) {
		return u, nil
	}
	if port := u.Port(); port != "" && port != "443" {
		return nil, errEndpoint
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !public(ip) {
		return nil, errEndpoint
	}
	return u, nil
}

// door is host and port as they are dialled, in one spelling.
func door(host string) string {
	host = strings.ToLower(host)
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), "443")
	}
	return host
}

// unusual are ranges that lead to machines of the operator's, or to nobody, and
// that netip does not know by name (IANA's special-purpose registries).
var unusual = func() (out []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
		"fec0::/10",
	} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// public reports whether an address is one of the open internet.
func public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(unusual, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// dialer connects to public addresses only, whatever a name resolves to, unless
// host and port are allowed.
func dialer(allowed []string) func(ctx context.Context, network, address string) (net.Conn, error) {
	open := &net.Dialer{Timeout: 10 * time.Second}
	guarded := &net.Dialer{Timeout: 10 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !public(to.Addr()) {
			return errAddress
		}
		return nil
	}}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if slices.Contains(allowed, door(address)) {
			return open.DialContext(ctx, network, address)
		}
		return guarded.DialContext(ctx, network, address)
	}
}
