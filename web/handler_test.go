package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/coffer-chat/coffer/web"
)

var files = fstest.MapFS{
	"index.html":               {Data: []byte("<!doctype html>")},
	"index.html.br":            {Data: []byte("br")},
	"index.html.gz":            {Data: []byte("gz")},
	"assets/a-0123456789ab.js": {Data: []byte("plain")},
	"assets/c.wasm.br":         {Data: []byte("engine")},
	"icon.svg":                 {Data: []byte("<svg/>")},
}

func get(method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	web.Handler(files, []string{"https://realm.example"}).ServeHTTP(w, r)
	return w.Result()
}

func body(r *http.Response) string {
	var b strings.Builder
	buf := make([]byte, 100)
	for {
		n, err := r.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

func TestEncodings(t *testing.T) {
	for _, c := range []struct{ path, accept, want, encoding, typ string }{
		{"/", "gzip, deflate, br", "br", "br", "text/html; charset=utf-8"},
		{"/", "gzip", "gz", "gzip", "text/html; charset=utf-8"},
		{"/", "br;q=0, gzip;q=0.5", "gz", "gzip", "text/html; charset=utf-8"},
		{"/index.html", "", "<!doctype html>", "", "text/html; charset=utf-8"},
		{"/assets/a-0123456789ab.js", "br", "plain", "", "text/javascript; charset=utf-8"},
		{"/assets/c.wasm", "br", "engine", "br", "application/wasm"},
	} {
		r := get("GET", c.path, "Accept-Encoding", c.accept)
		if got := body(r); r.StatusCode != 200 || got != c.want || r.Header.Get("Content-Encoding") != c.encoding || r.Header.Get("Content-Type") != c.typ {
			t.Errorf("%s with %q: %d %q %v", c.path, c.accept, r.StatusCode, got, r.Header)
		}
	}
}

func TestNothingElse(t *testing.T) {
	for path, want := range map[string]int{
		"/none": 404, "/assets/": 404, "/assets/c.wasm": 404, "/../web/handler.go": 404, "/icon.svg/": 200,
	} {
		if r := get("GET", path); r.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, r.StatusCode, want)
		}
	}
	if r := get("POST", "/"); r.StatusCode != 405 {
		t.Errorf("POST: %d", r.StatusCode)
	}
	if r := get("HEAD", "/"); r.StatusCode != 200 || body(r) != "" {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
}

func TestCaching(t *testing.T) {
	first := get("GET", "/")
	tag := first.Header.Get("ETag")
	if tag == "" || first.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("header %v", first.Header)
	}
	if r := get("GET", "/", "If-None-Match", tag); r.StatusCode != 304 || body(r) != "" {
		t.Errorf("the same again: %d", r.StatusCode)
	}
	if r := get("GET", "/", "If-None-Match", tag, "Accept-Encoding", "br"); r.StatusCode != 200 {
		t.Errorf("in another encoding: %d", r.StatusCode)
	}
	if c := get("GET", "/assets/a-0123456789ab.js").Header.Get("Cache-Control"); !strings.Contains(c, "immutable") {
		t.Errorf("assets: %q", c)
	}
}

// TestPolicy: nothing may run or be asked but what the page needs.
func TestPolicy(t *testing.T) {
	h := get("GET", "/").Header
	rules := map[string]string{}
	for rule := range strings.SplitSeq(h.Get("Content-Security-Policy"), "; ") {
		name, value, _ := strings.Cut(rule, " ")
		rules[name] = value
	}
	for name, want := range map[string]string{
		"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "style-src": "'self'",
		"connect-src": "'self' https://realm.example", "require-trusted-types-for": "'script'", "trusted-types": "coffer",
		"frame-ancestors": "'none'", "base-uri": "'none'", "form-action": "'none'",
	} {
		if rules[name] != want {
			t.Errorf("%s is %q, want %q", name, rules[name], want)
		}
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin"} {
		if h.Get(name) != want {
			t.Errorf("%s is %q", name, h.Get(name))
		}
	}
}
