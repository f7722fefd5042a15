package server

import (
	"net/http"
	"strings"
	"time"
)

const (
	// callTime is how long a call's body may take to come, blobTime a blob's.
	callTime = 2 * time.Minute
	blobTime = time.Hour
	// large is from which size on, in bytes, a call counts as large.
	large = 1 << 20
	// largeAtOnce is how many large calls are held in memory at once.
	largeAtOnce = 8
)

// bounded lets only a few large calls in at a time. A call whose size is not
// known, or that is compressed, may be large. Blobs go to disk as they come and
// do not count. Bodies that come too slowly are given up.
func bounded(next http.Handler) http.Handler {
	slots := make(chan struct{}, largeAtOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		patience := callTime
		if strings.HasPrefix(r.URL.Path, "/blob/") {
			patience = blobTime
		}
		// Not every ResponseWriter has deadlines; then the http.Server's own hold.
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience))
		compressed := r.Header.Get("Content-Encoding") != ""
		if r.Method == http.MethodPost && (r.ContentLength < 0 || r.ContentLength > large || compressed) {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
