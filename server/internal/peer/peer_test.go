package peer

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAddress(t *testing.T) {
	for _, c := range []struct {
		remote string
		header []string
		proxy  bool
		want   string
	}{
		{"192.0.2.1:99", nil, false, "192.0.2.1"},
		{"192.0.2.1:99", []string{"198.51.100.7"}, false, "192.0.2.1"}, // anybody can write the header
		{"127.0.0.1:99", nil, false, ""},
		{"[::1]:99", nil, false, ""},
		{"[2001:db8:1:2:3:4:5:6]:99", nil, false, "2001:db8:1:2::"},
		{"[::ffff:192.0.2.1]:99", nil, false, "192.0.2.1"},
		{"127.0.0.1:99", []string{"10.0.0.1, 198.51.100.7"}, true, "198.51.100.7"},
		{"127.0.0.1:99", []string{"10.0.0.1", "198.51.100.8"}, true, "198.51.100.8"},
		{"127.0.0.1:99", []string{"nonsense"}, true, "unknown"},
		{"127.0.0.1:99", nil, true, "unknown"},
		{"odd", nil, false, "unknown"},
	} {
		got := "not called"
		h := Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Address(r.Context()) }), c.proxy)
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		r.Header["X-Forwarded-For"] = c.header
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s %v proxy %v: %q, want %q", c.remote, c.header, c.proxy, got, c.want)
		}
	}
}
