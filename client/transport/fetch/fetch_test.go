//go:build js && wasm

package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/transport"
	"github.com/coffer-chat/coffer/client/transport/fetch"
)

// A Client is all that the engine asks for.
var _ interface {
	wire.Doer
	transport.Rawer
} = (*fetch.Client)(nil)

// client is a Client of the server that the tests' page came from
// (web/test/answers.mjs).
func client(t *testing.T, o fetch.Options) *fetch.Client {
	t.Helper()
	origin := os.Getenv("ORIGIN")
	if origin == "" {
		t.Fatal("ORIGIN is not set: these tests run in a browser, make web-test")
	}
	c, err := fetch.New(origin+"/answer/", o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDo(t *testing.T) {
	c := client(t, fetch.Options{Token: func() string { return "tok" }})
	got, err := c.Do(t.Context(), "/echo", []byte{0, 255, 7})
	if want := "POST Bearer tok 1 - - 00ff07"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	got, err = client(t, fetch.Options{}).Do(t.Context(), "/echo", nil)
	if want := "POST - 1 - - "; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestRefusal(t *testing.T) {
	_, err := client(t, fetch.Options{}).Do(t.Context(), "/refuse", nil)
	var e *transport.Error
	if !errors.As(err, &e) || e.Code != transport.CodeAborted || e.Message != "why" {
		t.Fatalf("got %v", err)
	}
	if d, ok := e.Detail("a.B"); !ok || string(d) != "\x01\x02" {
		t.Errorf("detail %x, %v", d, ok)
	}
}

func TestBadAnswers(t *testing.T) {
	for path, want := range map[string]error{
		"/proxy":    transport.ErrUnreachable,
		"/page":     transport.ErrProtocol,
		"/redirect": transport.ErrProtocol,
		"/large":    transport.ErrTooLarge,
		"/cut":      transport.ErrUnreachable,
	} {
		if b, err := client(t, fetch.Options{MaxAnswer: 4999}).Do(t.Context(), path, nil); !errors.Is(err, want) {
			t.Errorf("%s: %d bytes, %v, want %v", path, len(b), err, want)
		}
	}
	if b, err := client(t, fetch.Options{MaxAnswer: 5000}).Do(t.Context(), "/large", nil); err != nil || len(b) != 5000 {
		t.Errorf("at the limit: %d bytes, %v", len(b), err)
	}
}

func TestContext(t *testing.T) {
	c := client(t, fetch.Options{})
	late, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Do(late, "/never", nil); !errors.Is(err, transport.ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("deadline: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, end)
	if _, err := c.Do(ended, "/never", nil); !errors.Is(err, context.Canceled) || errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("canceled: %v", err)
	}
	if _, err := c.Do(ended, "/echo", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("before it began: %v", err)
	}
}

func TestNoServer(t *testing.T) {
	c, err := fetch.New("http://127.0.0.1:9", fetch.Options{}) // the discard port
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), "/x", nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestRaw(t *testing.T) {
	c := client(t, fetch.Options{})
	status, header, body, err := c.Raw(t.Context(), "PUT", "/part",
		map[string][]string{"Range": {"bytes=2-5"}, "Content-Length": {"3"}}, bytes.NewReader([]byte("xyz")))
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if status != 206 || string(b) != "abcd" || err != nil {
		t.Errorf("status %d, %q, %v", status, b, err)
	}
	if header["Content-Range"][0] != "bytes 2-5/1000" || header["Coffer-Offset"][0] != "3" {
		t.Errorf("header %v", header)
	}
	status, _, body, err = c.Raw(t.Context(), "HEAD", "/empty", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); status != 204 || len(b) != 0 || err != nil {
		t.Errorf("empty: %d, %q, %v", status, b, err)
	}
}

func TestRawCut(t *testing.T) {
	_, _, body, err := client(t, fetch.Options{}).Raw(t.Context(), "GET", "/cut", nil, nil)
	if err == nil {
		_, err = io.ReadAll(body)
	}
	if !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestNew(t *testing.T) {
	for address, want := range map[string]error{
		"https://example.org":      nil,
		"https://example.org/a/":   nil,
		"http://localhost:1":       nil,
		"http://[::1]:1":           nil,
		"http://127.1:1":           nil, // 127.0.0.1, as the browser writes it
		"http://example.org":       transport.ErrInsecure,
		"http://localhost.example": transport.ErrInsecure,
		"http://127.example.org":   transport.ErrInsecure,
		"ftp://example.org":        fetch.ErrAddress,
		"https://u:p@example.org":  fetch.ErrAddress,
		"https://example.org?x":    fetch.ErrAddress,
		"example.org":              fetch.ErrAddress,
		"":                         fetch.ErrAddress,
	} {
		if _, err := fetch.New(address, fetch.Options{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
}
