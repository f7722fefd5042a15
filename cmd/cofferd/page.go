package main

import (
	_ "embed"
	"net/http"
)

//go:embed page.html
var page []byte

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
