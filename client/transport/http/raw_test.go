package http_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client/transport"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
)

// TestRaw uploads a file from a plain reader and reads a part of it back.
func TestRaw(t *testing.T) {
	var stored []byte
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /blob/x", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer tok" || r.ContentLength != 10 || r.Header.Get("X-Own") != "1" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		stored, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("GET /blob/x", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(stored))
	})
	c := serve(t, mux, transporthttp.Options{Token: func() string { return "tok" }})

	body := io.MultiReader(bytes.NewReader([]byte("01234")), bytes.NewReader([]byte("56789"))) // of unknown length
	status, _, content, err := c.Raw(t.Context(), "PUT", "/blob/x",
		map[string][]string{"Content-Length": {"10"}, "X-Own": {"1"}}, body)
	if err != nil {
		t.Fatal(err)
	}
	content.Close()
	if status != http.StatusCreated || string(stored) != "0123456789" {
		t.Fatalf("status %d, stored %q", status, stored)
	}

	status, answer, content, err := c.Raw(t.Context(), "GET", "/blob/x", map[string][]string{"Range": {transport.Range(3, 4)}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	got, err := io.ReadAll(content)
	offset, n, size, rangeErr := transport.ContentRange(answer["Content-Range"][0])
	if status != http.StatusPartialContent || string(got) != "3456" || err != nil || offset != 3 || n != 4 || size != 10 || rangeErr != nil {
		t.Errorf("status %d, %q, %v, range %d+%d of %d, %v", status, got, err, offset, n, size, rangeErr)
	}

	status, _, content, err = c.Raw(t.Context(), "GET", "/blob/y", nil, nil)
	if err != nil || status != http.StatusNotFound {
		t.Errorf("what is not there: %d, %v", status, err)
	} else {
		content.Close()
	}
	if _, _, _, err := c.Raw(t.Context(), "PUT", "/blob/x", map[string][]string{"Content-Length": {"ten"}}, body); err == nil {
		t.Error("a length that is no number was accepted")
	}
}

func TestRawBrokenOff(t *testing.T) {
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}), transporthttp.Options{})
	_, _, content, err := c.Raw(t.Context(), "GET", "/x", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if _, err := io.ReadAll(content); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}
