package push

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450:4001:82a::200e": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.1.2.3": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false,
		"192.0.0.8": false, "192.0.2.1": false, "255.255.255.255": false, "240.0.0.1": false, "224.0.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::7f00:1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd12:3456::1": false, "ff02::1": false, "2001:db8::1": false, "2001:0:1::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestEndpoint(t *testing.T) {
	allowed := []string{"127.0.0.1:4433", "inside.example:443"}
	for text, want := range map[string]bool{
		"https://fcm.googleapis.com/fcm/send/abc:def": true, "https://updates.push.services.mozilla.com:443/wpush/v2/x": true,
		"https://127.0.0.1:4433/x": true, "https://inside.example/x": true, "https://INSIDE.example/x": true,
		"": false, "https://": false, "http://push.example/x": false, "ftp://push.example/x": false, "//push.example/x": false,
		"https://push.example:22/x": false, "https://push.example:8443/x": false, "https://127.0.0.1/x": false, "https://127.0.0.1:4434/x": false,
		"https://[::1]/x": false, "https://10.0.0.1/x": false, "https://169.254.169.254/latest/meta-data": false,
		"https://user@push.example/x": false, "https://user:pass@push.example/x": false, "https:push.example": false,
		"https://push.example/#x": false, "https://push.example/\r\nX: y": false, "https://push.example/ä": false,
		"https://push.example/" + strings.Repeat("x", maxEndpoint): false,
	} {
		if _, err := parseEndpoint(text, allowed); (err == nil) != want {
			t.Errorf("%q: %v, want taken: %v", text, err, want)
		}
	}
}

// TestDialer: what a name resolves to is looked at when it is dialled, so that a
// name that changes its mind leads nowhere.
func TestDialer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, address := range []string{l.Addr().String(), "localhost:" + port} {
		if _, err := dialer(nil)(t.Context(), "tcp", address); !errors.Is(err, errAddress) {
			t.Errorf("%s: %v", address, err)
		}
		c, err := dialer([]string{door(address)})(t.Context(), "tcp", address)
		if err != nil {
			t.Errorf("%s, which is allowed: %v", address, err)
			continue
		}
		c.Close()
	}
}
