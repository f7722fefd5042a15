package main

import (
	_ "embed"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/web"
)

//go:embed page.html
var page []byte

// mountPages serves the web client, or where it was not built the page that says
// what this is. The page may speak to the realms beside its own server.
func mountPages(mux *http.ServeMux, realms []pinvault.Realm) {
	if !web.Built() {
		mux.HandleFunc("GET /{$}", rootPage)
		return
	}
	files := web.Files()
	h := web.Handler(files, origins(realms))
	mux.Handle("GET /{$}", h)
	mux.Handle("GET /assets/", h)
	list, err := fs.ReadDir(files, ".")
	if err != nil {
		panic(err) // they are in the program
	}
	mounted := map[string]bool{}
	for _, e := range list {
		name := strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".br"), ".gz")
		if !e.IsDir() && !strings.HasPrefix(name, ".") && !mounted[name] {
			mounted[name] = true
			mux.Handle("GET /"+name, h)
		}
	}
}

// origins are the realms' addresses as a Content-Security-Policy names them.
func origins(realms []pinvault.Realm) []string {
	var out []string
	for _, r := range realms {
		if u, err := url.Parse(r.URL); err == nil {
			out = append(out, u.Scheme+"://"+u.Host)
		}
	}
	return out
}

// rootPage says what this is, to somebody who opens the server in a browser.
func rootPage(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-pSpTDdkXWXFu81gd7HYUvbXewZIMRuXNtNXrT+qTFeM='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.Write(page)
}
