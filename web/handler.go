package web

import (
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// Handler serves the web client from files: those of Files, or a test's. Text
// and code lie there compressed, as NAME.br and NAME.gz. connect lists the
// origins beside the server's own that the page may speak to: the PIN realms.
func Handler(files fs.FS, connect []string) http.Handler {
	policy := contentSecurityPolicy(connect)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "only GET", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
		h.Set("Cache-Control", "no-cache") // asked for anew, answered by a tag
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds the content's hash
		}
		serve(w, r, files, name)
	})
}

// encodings are how a file may lie there, best first.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}}

func serve(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	accepted := r.Header.Get("Accept-Encoding")
	for _, e := range encodings {
		if !accepts(accepted, e.name) {
			continue
		}
		b, err := fs.ReadFile(files, name+e.suffix)
		if err != nil {
			continue
		}
		h := w.Header()
		h.Set("Vary", "Accept-Encoding")
		h.Set("Content-Type", typeOf(name))
		if e.name != "" {
			h.Set("Content-Encoding", e.name)
		}
		sum := sha256.Sum256(b)
		tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		if r.Method == http.MethodGet {
			w.Write(b)
		}
		return
	}
	http.NotFound(w, r)
}

// accepts reports whether a browser takes an encoding. "" is always taken.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(part, ";")
		if strings.TrimSpace(name) == encoding && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return encoding == ""
}

func typeOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// contentSecurityPolicy lets the page do what it does and nothing else: no
// script but its own files, no markup made of text, no request to anybody but
// this server and the realms.
func contentSecurityPolicy(connect []string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'wasm-unsafe-eval'",
		"style-src 'self'",
		"img-src 'self' blob: data:",
		"media-src 'self' blob:",
		"connect-src 'self' " + strings.Join(connect, " "),
		"worker-src 'self'",
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types coffer",
	}, "; ")
}
