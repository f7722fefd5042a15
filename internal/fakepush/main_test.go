package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandler(t *testing.T) {
	for name, c := range map[string]struct {
		method, body, ttl, authorization string
		want                             int
	}{
		"a wake-up":     {"POST", "", "60", "vapid t=x, k=y", http.StatusCreated},
		"with content":  {"POST", "x", "60", "vapid t=x, k=y", http.StatusBadRequest},
		"a question":    {"GET", "", "60", "vapid t=x, k=y", http.StatusBadRequest},
		"without a TTL": {"POST", "", "", "vapid t=x, k=y", http.StatusBadRequest},
		"of nobody":     {"POST", "", "60", "", http.StatusBadRequest},
	} {
		var out strings.Builder
		r := httptest.NewRequest(c.method, "/bob", strings.NewReader(c.body))
		for name, value := range map[string]string{"TTL": c.ttl, "Authorization": c.authorization, "Urgency": "high"} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		handler(&out).ServeHTTP(w, r)
		if said := out.String() == "woken /bob high\n"; w.Code != c.want || said != (c.want == http.StatusCreated) {
			t.Errorf("%s: %d, %q", name, w.Code, out.String())
		}
	}
}
