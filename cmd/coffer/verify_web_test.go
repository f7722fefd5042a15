package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/coffer-chat/coffer/web"
)

// servePage serves files as a server does, after change has had its way.
func servePage(t *testing.T, change func(files fstest.MapFS), wrap func(http.Handler) http.Handler) (url, list string) {
	t.Helper()
	files := fstest.MapFS{
		"index.html":               {Data: []byte("<!doctype html>")},
		"sw.js":                    {Data: []byte("worker")},
		"assets/a-0123456789ab.js": {Data: []byte("script")},
	}
	var lines []string
	for name, f := range files {
		lines = append(lines, fmt.Sprintf("%q:%q", name, sum(f.Data)))
	}
	text := `{"format":1,"files":{` + strings.Join(lines, ",") + `}}`
	list = filepath.Join(t.TempDir(), "release.json")
	if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	files["release.json"] = &fstest.MapFile{Data: []byte(text)}
	if change != nil {
		change(files)
	}
	h := web.Handler(files, nil)
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL, list
}

func verify(t *testing.T, args ...string) (webObject, int, string) {
	t.Helper()
	r := run(t, nil, "", append([]string{"verify-web", "--json"}, args...)...)
	var o webObject
	if r.out != "" {
		if err := json.Unmarshal([]byte(r.out), &o); err != nil {
			t.Fatalf("%v in %q", err, r.out)
		}
	}
	return o, r.code, r.err
}

func TestVerifyWeb(t *testing.T) {
	url, list := servePage(t, nil, nil)
	if o, code, errs := verify(t, url, "--release", list); code != exitDone || !o.Same || !o.Trusted || o.Files != 3 || len(o.Differs) > 0 {
		t.Errorf("the release's own page: exit %d, %+v, %s", code, o, errs)
	}
	if o, code, _ := verify(t, url); code != exitDone || !o.Same || o.Trusted {
		t.Errorf("by the server's own list: exit %d, %+v", code, o)
	}
}

func TestVerifyWebAltered(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(fstest.MapFS)
		wrap    func(http.Handler) http.Handler
		differs string
	}{
		"a script": {change: func(f fstest.MapFS) {
			f["assets/a-0123456789ab.js"] = &fstest.MapFile{Data: []byte("script; steal()")}
		}, differs: "assets/a-0123456789ab.js"},
		"a missing file": {change: func(f fstest.MapFS) { delete(f, "sw.js") }, differs: "sw.js"},
		"only for browsers that take brotli": {change: func(f fstest.MapFS) {
			f["index.html.gz"] = &fstest.MapFile{Data: []byte("not even gzip")}
		}},
		"the page, only where people open it": {wrap: func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/" {
					w.Header().Set("Content-Security-Policy", "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'")
					fmt.Fprint(w, "<!doctype html><script src=evil>")
					return
				}
				h.ServeHTTP(w, r)
			})
		}, differs: "/"},
	} {
		url, list := servePage(t, c.change, c.wrap)
		o, code, errs := verify(t, url, "--release", list)
		if c.differs == "" { // the answer cannot be read at all
			if code == exitDone {
				t.Errorf("%s: accepted", name)
			}
			continue
		}
		if code != exitIntegrity || o.Same || strings.Join(o.Differs, " ") != c.differs || !strings.Contains(errs, "do not type a secret") {
			t.Errorf("%s: exit %d, %+v, %s", name, code, o, errs)
		}
	}
	url, list := servePage(t, nil, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(&looser{w}, r)
		})
	})
	if o, code, _ := verify(t, url, "--release", list); code != exitIntegrity || o.Policy || len(o.Differs) > 0 {
		t.Errorf("a looser policy: exit %d, %+v", code, o)
	}
}

// looser lets scripts in from anywhere.
type looser struct{ http.ResponseWriter }

func (l *looser) Write(b []byte) (int, error) {
	h := l.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "script-src 'self'", "script-src 'self' https:", 1))
	return l.ResponseWriter.Write(b)
}

func TestVerifyWebRefuses(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.json")
	for _, text := range []string{``, `{}`, `{"format":2,"files":{"index.html":""}}`, `{"format":1,"files":{"../x":"00","index.html":"00"}}`,
		`{"format":1,"files":{"a":"` + strings.Repeat("0", 64) + `"}}`} {
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, code, _ := verify(t, "http://localhost:1", "--release", bad); code != exitUsage {
			t.Errorf("%q: exit %d", text, code)
		}
	}
	for _, address := range []string{"http://chat.example.org", "chat.example.org", "ftp://x", "https://u:p@x", "https://x/path", "https://x?y"} {
		if _, code, _ := verify(t, address); code != exitUsage {
			t.Errorf("%s: exit %d", address, code)
		}
	}
	if _, code, _ := verify(t, "http://127.0.0.1:1"); code != exitUnreachable {
		t.Errorf("nobody there: exit %d", code)
	}
}
