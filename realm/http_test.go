package realm_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/realm"
)

// post is all that a client's transport does.
func post(base string) func(int, []byte) ([]byte, error) {
	return func(_ int, request []byte) ([]byte, error) {
		r, err := http.Post(base+"/v1/realm", realm.MediaType, bytes.NewReader(request))
		if err != nil {
			return nil, err
		}
		defer r.Body.Close()
		if r.Header.Get("Content-Type") != realm.MediaType {
			return nil, errors.New(r.Status)
		}
		return io.ReadAll(io.LimitReader(r.Body, pinvault.MaxMessage+1))
	}
}

func TestHTTP(t *testing.T) {
	w := newWorld(t, memories(1)...)
	mux := http.NewServeMux()
	mux.Handle("/realms/1/", http.StripPrefix("/realms/1", w.servers[0]))
	front := httptest.NewServer(mux)
	defer front.Close()
	base := front.URL + "/realms/1"

	secret := pinvault.SecretFromBytes([32]byte{1, 2, 3})
	g, err := pinvault.NewRegistration(rand.Reader, w.set, w.session(pinvault.ActionRegister), w.id, w.recovery, w.stretch(rightPIN), secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := pinvault.Run(g, nil, post(base)); err != nil {
		t.Fatal(err)
	}
	c, err := pinvault.NewRecovery(rand.Reader, w.set, w.session(pinvault.ActionRecover), w.id, w.recovery, w.stretch(rightPIN))
	if err != nil {
		t.Fatal(err)
	}
	if err := pinvault.Run(c, nil, post(base)); err != nil || !c.Secret().Equal(secret) {
		t.Fatal(err)
	}

	r, err := http.Get(base + "/v1/info")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	info, _ := io.ReadAll(r.Body)
	if want := `{"key":"` + w.servers[0].Key().String() + `","version":1}` + "\n"; string(info) != want {
		t.Errorf("info: %s, want %s", info, want)
	}
}

func TestHTTPRefusals(t *testing.T) {
	w := newWorld(t, memories(1)...)
	front := httptest.NewServer(w.servers[0])
	defer front.Close()
	expired := w.session(pinvault.ActionRecover)
	status, err := pinvault.NewStatus(w.set, expired, w.id, w.recovery)
	if err != nil {
		t.Fatal(err)
	}
	request := status.Calls()[0].Request
	stranger := *w
	stranger.account = newKey(t)
	foreign, err := pinvault.NewStatus(w.set, stranger.session(pinvault.ActionRecover), w.id, w.recovery)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		method, path string
		body         []byte
		want         int
		media        string
	}{
		"nothing there":  {"POST", "/v1/realm", request, 404, realm.MediaType},
		"foreign token":  {"POST", "/v1/realm", foreign.Calls()[0].Request, 401, realm.MediaType},
		"empty":          {"POST", "/v1/realm", nil, 400, realm.MediaType},
		"random":         {"POST", "/v1/realm", bytes.Repeat([]byte{0xa5}, 1000), 400, realm.MediaType},
		"truncated":      {"POST", "/v1/realm", request[:len(request)-1], 400, realm.MediaType},
		"oversized":      {"POST", "/v1/realm", make([]byte, pinvault.MaxMessage+1), 413, "text/plain; charset=utf-8"},
		"wrong method":   {"GET", "/v1/realm", nil, 405, "text/plain; charset=utf-8"},
		"preflight":      {"OPTIONS", "/v1/realm", nil, 204, ""},
		"wrong path":     {"POST", "/v1/realms", nil, 404, "text/plain; charset=utf-8"},
		"posted to info": {"POST", "/v1/info", nil, 405, "text/plain; charset=utf-8"},
	} {
		r, err := http.NewRequest(c.method, front.URL+c.path, bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want || response.Header.Get("Content-Type") != c.media {
			t.Errorf("%s: %s, %q; want %d, %q", name, response.Status, response.Header.Get("Content-Type"), c.want, c.media)
		}
	}
}

// A body that does not end in time, or breaks off, is no request.
func TestBrokenBody(t *testing.T) {
	w := newWorld(t, memories(1)...)
	recorder := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/v1/realm", io.MultiReader(strings.NewReader("abc"), brokenReader{}))
	w.servers[0].ServeHTTP(recorder, r)
	if recorder.Code != http.StatusBadRequest {
		t.Errorf("status %d", recorder.Code)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A request whose caller has gone is not worked on.
func TestCancelledRequest(t *testing.T) {
	w := newWorld(t, memories(1)...)
	w.register()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g, err := pinvault.NewDeletion(w.set, w.session(pinvault.ActionDelete), w.id, w.recovery)
	if err != nil {
		t.Fatal(err)
	}
	err = pinvault.Run(g, nil, func(i int, request []byte) ([]byte, error) { return w.servers[i].Do(ctx, request), nil })
	if !errors.Is(err, pinvault.ErrTooFewRealms) || g.Faults()[0].Kind != pinvault.KindBusy {
		t.Errorf("%v, %v", err, g.Faults())
	}
}

func FuzzDo(f *testing.F) {
	s, err := realm.Open(context.Background(), realm.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, 300))
	f.Fuzz(func(t *testing.T, request []byte) {
		if len(s.Do(context.Background(), request)) == 0 {
			t.Error("no answer")
		}
	})
}
