package blobs

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func request(header string, length int64) *http.Request {
	r := httptest.NewRequest("PUT", "/", nil)
	r.ContentLength = length
	if header != "" {
		r.Header.Set("Content-Range", header)
	}
	return r
}

func TestContentRange(t *testing.T) {
	for _, c := range []struct {
		header         string
		length         int64
		first, n, size int64
		ok             bool
	}{
		{"", 5, 0, 5, 5, true},
		{"", 0, 0, 0, 0, false},
		{"", -1, 0, 0, 0, false},
		{"bytes 0-4/5", 5, 0, 5, 5, true},
		{"bytes 3-4/5", 2, 3, 2, 5, true},
		{"bytes 3-4/5", 3, 0, 0, 0, false}, // another length
		{"bytes 3-5/5", 3, 0, 0, 0, false}, // beyond the end
		{"bytes 4-3/5", 0, 0, 0, 0, false},
		{"bytes 0-4/*", 5, 0, 0, 0, false},
		{"bytes +0-4/5", 5, 0, 0, 0, false},
		{"bytes -1-4/5", 6, 0, 0, 0, false},
		{"bytes 0-9999999999999999999/99999999999999999999", 5, 0, 0, 0, false},
		{"items 0-4/5", 5, 0, 0, 0, false},
		{"bytes 0-4", 5, 0, 0, 0, false},
	} {
		first, n, size, ok := contentRange(request(c.header, c.length))
		if ok != c.ok || ok && (first != c.first || n != c.n || size != c.size) {
			t.Errorf("%q with %d bytes: %d, %d, %d, %v", c.header, c.length, first, n, size, ok)
		}
	}
}

func FuzzContentRange(f *testing.F) {
	f.Add("bytes 0-4/5", int64(5))
	f.Add("bytes 5-4/", int64(-1))
	f.Fuzz(func(t *testing.T, header string, length int64) {
		if strings.ContainsAny(header, "\r\n") {
			return
		}
		if first, n, size, ok := contentRange(request(header, length)); ok && (first < 0 || n <= 0 || first+n > size) {
			t.Errorf("%q: %d+%d of %d", header, first, n, size)
		}
	})
}
