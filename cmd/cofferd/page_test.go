package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/web"
)

// TestPageWithoutWebClient: it says what this is and how to start.
func TestPageWithoutWebClient(t *testing.T) {
	w := httptest.NewRecorder()
	rootPage(w, httptest.NewRequest("GET", "/", nil))
	for _, want := range []string{"<h1>Coffer</h1>", "coffer register", "make web"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestMountedPages(t *testing.T) {
	mux := http.NewServeMux()
	mountPages(mux, nil)
	for path, want := range map[string]int{"/": 200, "/.keep": 404, "/nothing": 404, "/assets/../../page.go": 404} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want && w.Code != http.StatusTemporaryRedirect && w.Code != http.StatusMovedPermanently {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if web.Built() {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", "/release.json", nil))
		if w.Code != 200 {
			t.Errorf("release.json: %d", w.Code)
		}
	}
}

func TestOrigins(t *testing.T) {
	got := origins([]pinvault.Realm{{URL: "https://a.example/realm/1"}, {URL: "http://127.0.0.1:9/x"}})
	if want := []string{"https://a.example", "http://127.0.0.1:9"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
