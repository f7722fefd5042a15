// Package blobs serves attachments over plain HTTP (spec/blobs.md).
package blobs

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/server/blob"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/rate"
)

// The headers of the protocol.
const (
	headerHash    = "Coffer-Deletion-Hash"
	headerToken   = "Coffer-Deletion-Token"
	headerRelease = "Coffer-Release"
	headerOffset  = "Coffer-Offset"
	headerSize    = "Coffer-Size"
)

// Handler answers under /blob/{id}.
type Handler struct {
	env    *env.Env
	blobs  blob.Store
	upload *rate.Limiter
}

// New returns the handler.
func New(e *env.Env, s blob.Store) *Handler {
	return &Handler{env: e, blobs: s, upload: rate.New(e.Limits.Upload, e.Now)}
}

// ServeHTTP finds session and blob, then acts by method.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "private, no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	caller, err := h.env.Auth.Request(r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	id, ok := blob.ParseID(r.PathValue("id"))
	if !ok {
		http.Error(w, "a blob's name is 64 lower-case hexadecimal digits", http.StatusBadRequest)
		return
	}
	switch r.Method {
	case http.MethodPut:
		h.put(w, r, caller, id)
	case http.MethodHead:
		h.head(w, r, id)
	case http.MethodGet:
		h.get(w, r, id)
	case http.MethodPost:
		h.hold(w, r, caller, id)
	case http.MethodDelete:
		h.delete(w, r, id)
	default:
		header.Set("Allow", "GET, HEAD, POST, PUT, DELETE")
		http.Error(w, "no such method here", http.StatusMethodNotAllowed)
	}
}

// refuse answers with the status that belongs to an error.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, message := http.StatusInternalServerError, "the server failed; its log says why"
	switch {
	case fail.Of(err) == fail.NoSession:
		status, message = http.StatusUnauthorized, "no valid session: sign in again"
	case fail.Of(err) != cofferv1.ErrorKind_ERROR_KIND_UNSPECIFIED:
		status, message = http.StatusForbidden, "a device's session is needed"
	case errors.Is(err, blob.ErrNotFound):
		status, message = http.StatusNotFound, "there is no such blob"
	case errors.Is(err, blob.ErrExists):
		status, message = http.StatusConflict, "the blob was begun with another size or deletion hash"
	case errors.Is(err, blob.ErrOffset):
		status, message = http.StatusConflict, "the part does not begin where the one before ended"
	case errors.Is(err, blob.ErrFull):
		status, message = http.StatusConflict, "too many have a claim on the blob"
	case errors.Is(err, blob.ErrForeign):
		status, message = http.StatusForbidden, "the token is not this blob's"
	case errors.Is(err, blob.ErrTooLong):
		status, message = http.StatusBadRequest, "the part is longer than announced"
	case r.Context().Err() == nil:
		h.env.Log.Error("blob request failed", slog.Any("cause", err))
	}
	http.Error(w, message, status)
}

func (h *Handler) put(w http.ResponseWriter, r *http.Request, caller *auth.Caller, id blob.ID) {
	hash, ok := decode32(r.Header.Get(headerHash))
	if !ok {
		http.Error(w, headerHash+" must be 32 bytes in unpadded base64url", http.StatusBadRequest)
		return
	}
	first, n, size, ok := contentRange(r)
	if !ok {
		http.Error(w, "want Content-Length, and Content-Range: bytes FIRST-LAST/SIZE for a part", http.StatusBadRequest)
		return
	}
	if size > int64(min(h.env.Limits.MaxBlobBytes, math.MaxInt64)) {
		http.Error(w, "larger than this server takes", http.StatusRequestEntityTooLarge)
		return
	}
	if wait, ok := h.upload.Take(string(caller.Account[:]), int(n>>20)+1); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		http.Error(w, "too much at once: wait", http.StatusTooManyRequests)
		return
	}
	info, err := h.blobs.Create(r.Context(), id, blob.Meta{Size: size, DeletionHash: hash})
	if err == nil && !info.Complete() {
		info, err = h.blobs.Append(r.Context(), id, first, io.LimitReader(r.Body, n))
	}
	if err == nil || errors.Is(err, blob.ErrOffset) {
		progress(w, info)
	}
	switch {
	case err != nil:
		h.refuse(w, r, err)
	case info.Complete():
		w.WriteHeader(http.StatusCreated)
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

func progress(w http.ResponseWriter, info blob.Info) {
	w.Header().Set(headerOffset, strconv.FormatInt(info.Offset, 10))
	w.Header().Set(headerSize, strconv.FormatInt(info.Size, 10))
}

func (h *Handler) head(w http.ResponseWriter, r *http.Request, id blob.ID) {
	info, err := h.blobs.Stat(r.Context(), id)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	progress(w, info)
}

func (h *Handler) get(w http.ResponseWriter, r *http.Request, id blob.ID) {
	f, info, err := h.blobs.Open(r.Context(), id)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	defer f.Close()
	progress(w, info)
	w.Header().Set("Content-Type", "application/octet-stream")
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // several ranges are answered with the whole
	}
	http.ServeContent(w, r, "", time.Time{}, f)
}

// hold adds a claim: that of a message that was forwarded.
func (h *Handler) hold(w http.ResponseWriter, r *http.Request, caller *auth.Caller, id blob.ID) {
	hash, ok := decode32(r.Header.Get(headerHash))
	if !ok {
		http.Error(w, headerHash+" must be 32 bytes in unpadded base64url", http.StatusBadRequest)
		return
	}
	if wait, ok := h.upload.Take(string(caller.Account[:]), 1); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		http.Error(w, "too much at once: wait", http.StatusTooManyRequests)
		return
	}
	if err := h.blobs.Hold(r.Context(), id, hash); err != nil {
		h.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *Handler) delete(w http.ResponseWriter, r *http.Request, id blob.ID) {
	token, ok := decode32(r.Header.Get(headerToken))
	if !ok {
		http.Error(w, headerToken+" must be 32 bytes in unpadded base64url", http.StatusBadRequest)
		return
	}
	info, err := h.blobs.Stat(r.Context(), id)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	// The uploader erases for all, unless it says that it only lets go; a holder
	// can but let go.
	hash := sha256.Sum256(token[:])
	remove := h.blobs.Delete
	if subtle.ConstantTimeCompare(hash[:], info.DeletionHash[:]) != 1 || r.Header.Get(headerRelease) == "1" {
		remove = func(ctx context.Context, id blob.ID) error { return h.blobs.Release(ctx, id, hash) }
	}
	if err := remove(r.Context(), id); err != nil {
		h.refuse(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func decode32(text string) (out [32]byte, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(out) {
		return out, false
	}
	copy(out[:], b)
	return out, true
}

// contentRange says which part of a blob a request carries: its offset, its
// length and the size of the whole.
func contentRange(r *http.Request) (first, n, size int64, ok bool) {
	n = r.ContentLength
	text := r.Header.Get("Content-Range")
	if text == "" {
		return 0, n, n, n > 0
	}
	spec, isBytes := strings.CutPrefix(text, "bytes ")
	part, whole, hasSize := strings.Cut(spec, "/")
	from, to, hasLast := strings.Cut(part, "-")
	first, ok1 := decimal(from)
	last, ok2 := decimal(to)
	size, ok3 := decimal(whole)
	ok = isBytes && hasSize && hasLast && ok1 && ok2 && ok3 && last >= first && last < size && n == last-first+1
	return first, n, size, ok
}

// decimal reads digits only: no sign, no space.
func decimal(s string) (int64, bool) {
	if s == "" || len(s) > 18 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
