package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffer-chat/coffer/client/transport"
	"github.com/coffer-chat/coffer/core/pinvault"
)

func TestRealmAddress(t *testing.T) {
	for in, want := range map[string]string{
		"https://realm.example":         "https://realm.example/v1/realm",
		"https://realm.example/a/":      "https://realm.example/a/v1/realm",
		"http://127.0.0.1:8420/realm/1": "http://127.0.0.1:8420/realm/1/v1/realm",
		"http://localhost:1":            "http://localhost:1/v1/realm",
		"http://[::1]:1":                "http://[::1]:1/v1/realm",
	} {
		if got, err := realmAddress(in, false); got != want || err != nil {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"http://realm.example", "http://192.168.1.1", "http://127.0.0.1.example", "ftp://realm.example", "realm.example", "", "https://",
		"https://a:b@realm.example", "https://realm.example?x", "https://realm.example#x", "https://realm\x00",
	} {
		if got, err := realmAddress(in, false); !errors.Is(err, transport.ErrUnreachable) {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
	if _, err := realmAddress("http://realm.example", true); err != nil {
		t.Errorf("insecure: %v", err)
	}
}

// serve answers as a realm.
func serve(t *testing.T, h http.HandlerFunc) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestRealmTransport(t *testing.T) {
	post := newRealmTransport(false, 5*time.Second)
	echo := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", realmType)
		w.WriteHeader(http.StatusConflict) // the signed answer says why
		w.Write(append([]byte(r.Method+r.URL.Path+r.Header.Get("Content-Type")), b...))
	})
	got, err := post(t.Context(), echo, []byte("!"))
	if string(got) != "POST/v1/realm"+realmType+"!" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	large := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", realmType)
		w.Write(make([]byte, pinvault.MaxMessage+1))
	})
	if _, err := post(t.Context(), large, nil); !errors.Is(err, transport.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	whole := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", realmType)
		w.Write(make([]byte, pinvault.MaxMessage))
	})
	if b, err := post(t.Context(), whole, nil); len(b) != pinvault.MaxMessage || err != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	for name, h := range map[string]http.HandlerFunc{
		"a page":     func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) },
		"busy":       func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "busy", http.StatusServiceUnavailable) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, echo, http.StatusTemporaryRedirect) },
		"cut short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", realmType)
			w.Header().Set("Content-Length", "10")
			w.Write([]byte("short"))
		},
	} {
		if _, err := post(t.Context(), serve(t, h), nil); !errors.Is(err, transport.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := post(t.Context(), "http://127.0.0.1:1", nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestRealmTakesTooLong(t *testing.T) {
	done := make(chan struct{})
	slow := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-done:
		}
	})
	defer close(done)
	if _, err := newRealmTransport(false, 50*time.Millisecond)(t.Context(), slow, nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := newRealmTransport(false, time.Minute)(ctx, slow, nil); err != context.Canceled {
		t.Errorf("interrupted: %v", err)
	}
}

// stalling is a transport whose server never answers.
type stalling struct{ body io.Reader }

func (s *stalling) Do(ctx context.Context, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s *stalling) Raw(ctx context.Context, _, _ string, _ map[string][]string, body io.Reader) (int, map[string][]string, io.ReadCloser, error) {
	if s.body != nil {
		return 200, nil, io.NopCloser(io.MultiReader(s.body, &blocked{ctx})), nil
	}
	if body != nil {
		if _, err := io.ReadAll(body); err != nil {
			return 0, nil, nil, err
		}
	}
	<-ctx.Done()
	return 0, nil, nil, ctx.Err()
}

// blocked blocks a read until its request ends.
type blocked struct{ ctx context.Context }

func (b *blocked) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func TestPatienceEnds(t *testing.T) {
	p := &patient{Transport: &stalling{}, limit: 30 * time.Millisecond}
	if _, err := p.Do(t.Context(), "/x/Y", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("call: %v", err)
	}
	if _, _, _, err := p.Raw(t.Context(), "PUT", "/blob", nil, bytes.NewReader([]byte("x"))); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("no answer: %v", err)
	}
	p.Transport = &stalling{body: bytes.NewReader([]byte("beginning"))}
	_, _, body, err := p.Raw(t.Context(), "GET", "/blob", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if b, err := io.ReadAll(body); string(b) != "beginning" || !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("stalled file: %q, %v", b, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	p = &patient{Transport: &stalling{}, limit: time.Minute}
	if _, _, _, err := p.Raw(ctx, "GET", "/blob", nil, nil); err != context.Canceled {
		t.Errorf("interrupted: %v", err)
	}
}

func TestPatienceWithFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // its time passes only while all wait
		p := &patient{Transport: &trickle{}, limit: 500 * time.Millisecond}
		_, _, body, err := p.Raw(t.Context(), "GET", "/blob", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		// Longer than the limit in all, but something moves all the time.
		if b, err := io.ReadAll(body); len(b) != 15 || err != nil {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
}

type trickle struct{ stalling }

func (*trickle) Raw(context.Context, string, string, map[string][]string, io.Reader) (int, map[string][]string, io.ReadCloser, error) {
	return 200, nil, io.NopCloser(&drops{n: 15}), nil
}

type drops struct{ n int }

func (d *drops) Read(p []byte) (int, error) {
	if d.n == 0 {
		return 0, io.EOF
	}
	d.n--
	time.Sleep(40 * time.Millisecond)
	p[0] = 'x'
	return 1, nil
}
