package realm

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
)

// MediaType is that of requests and responses.
const MediaType = "application/octet-stream"

// Version is the version of the realm's HTTP protocol, as /v1/info tells it.
//
//	1: the first
const Version = 1

// requestTime bounds reading a request and working on it.
const requestTime = 15 * time.Second

// ServeHTTP answers POST /v1/realm and GET /v1/info. Mount it under a path with
// http.StripPrefix.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/v1/realm":
		if r.Method == http.MethodOptions {
			cross(w)
			w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
			w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", "POST, OPTIONS")
			http.Error(w, "use POST", http.StatusMethodNotAllowed)
			return
		}
		s.serveRequest(w, r)
	case "/v1/info":
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "use GET", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		cross(w)
		_ = json.NewEncoder(w).Encode(struct {
			Key     string `json:"key"`
			Version int    `json:"version"`
		}{s.public.String(), Version})
	default:
		http.NotFound(w, r)
	}
}

// cross lets a client in a browser, whose page comes from the account's server,
// reach a realm elsewhere. Requests carry no cookie and prove themselves.
func cross(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
}

func (s *Server) serveRequest(w http.ResponseWriter, r *http.Request) {
	cross(w)
	// Not every ResponseWriter has deadlines; then the server's own hold.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(requestTime))
	request, err := io.ReadAll(http.MaxBytesReader(w, r.Body, pinvault.MaxMessage))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "request not read", http.StatusBadRequest)
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many requests at once", http.StatusServiceUnavailable)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), requestTime)
	defer cancel()
	response, kind := s.respond(ctx, request)
	w.Header().Set("Content-Type", MediaType)
	w.WriteHeader(status(kind))
	_, _ = w.Write(response)
}

// status is for operators and proxies; clients read the signed response.
func status(k pinvault.Kind) int {
	switch k {
	case pinvault.KindOK:
		return http.StatusOK
	case pinvault.KindMalformed:
		return http.StatusBadRequest
	case pinvault.KindToken, pinvault.KindSignature:
		return http.StatusUnauthorized
	case pinvault.KindNotRegistered:
		return http.StatusNotFound
	case pinvault.KindLocked:
		return http.StatusLocked
	case pinvault.KindTooSoon, pinvault.KindBusy:
		return http.StatusTooManyRequests
	case pinvault.KindWrongTag, pinvault.KindNoAttempt, pinvault.KindOtherRegistration, pinvault.KindOlderHeads, pinvault.KindGuard:
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}
