package http_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/coffer-chat/coffer/api/apitest/testwire"
	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/transport"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
)

// A Client is all that the engine asks for.
var _ interface {
	wire.Doer
	wire.Streamer
	transport.Rawer
} = (*transporthttp.Client)(nil)

func TestUnary(t *testing.T) {
	c := echoServer(t, transporthttp.Options{Token: func() string { return "tok" }})
	in := &testwire.Everything{Text: "hé", Data: []byte{0, 255}, S64: -5, Points: []testwire.Point{{X: 1}, {Y: -1}}}
	out, err := c.Echo(t.Context(), &testwire.EchoRequest{Value: in})
	if err != nil {
		t.Fatal(err)
	}
	if out.Authorization != "Bearer tok" {
		t.Errorf("authorization %q", out.Authorization)
	}
	if !reflect.DeepEqual(out.Value, in) {
		t.Errorf("got %+v", out.Value)
	}
	if out, err := c.Echo(t.Context(), nil); err != nil || out.Value != nil {
		t.Errorf("empty request: %+v, %v", out, err)
	}
}

// TestErrors: every code of connect-go arrives, with message and detail.
func TestErrors(t *testing.T) {
	c := echoServer(t, transporthttp.Options{})
	for code := connect.CodeCanceled; code <= connect.CodeUnauthenticated; code++ {
		_, err := c.Fail(t.Context(), &testwire.FailRequest{Code: uint32(code), Message: "why \"so\"", Detail: []byte{1, 2}})
		var e *transport.Error
		if !errors.As(err, &e) || string(e.Code) != code.String() || e.Message != "why \"so\"" {
			t.Errorf("%v: %v", code, err)
			continue
		}
		raw, ok := e.Detail("coffer.test.v1.FailRequest")
		if d, err := testwire.ParseFailRequest(raw); !ok || err != nil || string(d.Detail) != "\x01\x02" {
			t.Errorf("%v: detail %x, %v", code, raw, err)
		}
		if errors.Is(err, transport.ErrUnreachable) != (code == connect.CodeUnavailable) {
			t.Errorf("%v: unreachable is wrong", code)
		}
	}
	_, err := c.Do(t.Context(), "/coffer.test.v1.EchoService/Nothing", nil)
	if transport.CodeOf(err) != transport.CodeUnimplemented {
		t.Errorf("unknown procedure: %v", err)
	}
	_, err = c.Do(t.Context(), testwire.EchoServiceEchoProcedure, []byte{0xff})
	if transport.CodeOf(err) != transport.CodeInvalidArgument {
		t.Errorf("malformed request: %v", err)
	}
}

func TestDeadlineAndCancel(t *testing.T) {
	c := echoServer(t, transporthttp.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := c.Fail(ctx, &testwire.FailRequest{Code: 13, SleepMs: 5000})
	// Either side may notice first.
	if transport.CodeOf(err) != transport.CodeDeadlineExceeded &&
		!(errors.Is(err, transport.ErrUnreachable) && errors.Is(err, context.DeadlineExceeded)) {
		t.Errorf("deadline: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = c.Fail(ctx, &testwire.FailRequest{Code: 13, SleepMs: 5000})
	if !errors.Is(err, context.Canceled) || errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("cancel: %v", err)
	}
}

func TestStream(t *testing.T) {
	c := echoServer(t, transporthttp.Options{})
	var got []uint32
	collect := func(m *testwire.CountResponse) error { got = append(got, m.Number); return nil }
	if err := c.Count(t.Context(), &testwire.CountRequest{Count: 3, Padding: 100000}, collect); err != nil || len(got) != 3 || got[2] != 2 {
		t.Errorf("%v, %v", got, err)
	}
	got = nil
	err := c.Count(t.Context(), &testwire.CountRequest{Count: 2, FailCode: uint32(connect.CodeAborted)}, collect)
	if transport.CodeOf(err) != transport.CodeAborted || len(got) != 2 {
		t.Errorf("failing stream: %v, %v", got, err)
	}
	stop := errors.New("enough")
	err = c.Count(t.Context(), &testwire.CountRequest{Count: 1000, Padding: 100000}, func(*testwire.CountResponse) error { return stop })
	if err != stop {
		t.Errorf("stopped by the caller: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = c.Count(ctx, &testwire.CountRequest{Count: 1000, Padding: 100000}, func(*testwire.CountResponse) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	c := echoServer(t, transporthttp.Options{MaxAnswer: 1000})
	none := func(*testwire.CountResponse) error { return nil }
	if err := c.Count(t.Context(), &testwire.CountRequest{Count: 1, Padding: 900}, none); err != nil {
		t.Error(err)
	}
	if err := c.Count(t.Context(), &testwire.CountRequest{Count: 1, Padding: 1000}, none); !errors.Is(err, transport.ErrTooLarge) {
		t.Errorf("stream: %v", err)
	}
	for name, h := range map[string]http.HandlerFunc{
		"length stated": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", transport.UnaryType)
			_, _ = w.Write(make([]byte, 1001))
		},
		"length not stated": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", transport.UnaryType)
			for range 11 {
				_, _ = w.Write(make([]byte, 100))
				w.(http.Flusher).Flush()
			}
		},
	} {
		c := serve(t, h, transporthttp.Options{MaxAnswer: 1000})
		if _, err := c.Do(t.Context(), "/a/b", nil); !errors.Is(err, transport.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWrongAnswers: servers and proxies that do not do as they should.
func TestWrongAnswers(t *testing.T) {
	header := func(w http.ResponseWriter, typ string) { w.Header().Set("Content-Type", typ) }
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    error
		code    transport.Code
	}{
		"a web page": {func(w http.ResponseWriter, _ *http.Request) { header(w, "text/html") }, transport.ErrProtocol, ""},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, nil, transport.CodeUnknown},
		"a proxy without its server": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, transport.ErrUnreachable, transport.CodeUnavailable},
		"compressed": {func(w http.ResponseWriter, _ *http.Request) {
			header(w, transport.UnaryType)
			w.Header().Set("Content-Encoding", "gzip")
		}, transport.ErrProtocol, ""},
		"an endless error": {func(w http.ResponseWriter, _ *http.Request) {
			header(w, transport.ErrorType)
			w.WriteHeader(500)
			_, _ = w.Write([]byte(`{"message":"` + strings.Repeat("x", transport.MaxError)))
		}, nil, transport.CodeUnknown},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			header(w, transport.UnaryType)
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, transport.ErrUnreachable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, c.handler, transporthttp.Options{}).Do(t.Context(), "/a/b", nil)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || transport.CodeOf(err) != c.code {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestStreamBrokenOff(t *testing.T) {
	for name, body := range map[string]string{
		"after a message": "\x00\x00\x00\x00\x00", "in a header": "\x00\x00", "in a message": "\x00\x00\x00\x00\x09x", "at once": "",
	} {
		c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", transport.StreamType)
			_, _ = w.Write([]byte(body))
		}), transporthttp.Options{})
		err := c.Stream(t.Context(), "/a/b", nil, func([]byte) error { return nil })
		if !errors.Is(err, transport.ErrUnreachable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := transporthttp.New("http://"+addr, transporthttp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), "/a/b", nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("unary: %v", err)
	}
	if err := c.Stream(t.Context(), "/a/b", nil, nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("stream: %v", err)
	}
	if _, _, _, err := c.Raw(t.Context(), "GET", "/x", nil, nil); !errors.Is(err, transport.ErrUnreachable) {
		t.Errorf("raw: %v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, good := range []string{"https://example.org", "https://example.org/path/", "http://localhost:80", "http://127.9.9.9", "http://[::1]:8080"} {
		if _, err := transporthttp.New(good, transporthttp.Options{}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, want := range map[string]error{
		"http://example.org":           transport.ErrInsecure,
		"http://localhost.example.org": transport.ErrInsecure,
		"http://10.0.0.1":              transport.ErrInsecure,
		"http://127.0.0.1.example.org": transport.ErrInsecure,
		"ftp://example.org":            transporthttp.ErrAddress,
		"example.org":                  transporthttp.ErrAddress,
		"https://":                     transporthttp.ErrAddress,
		"https://me:pw@example.org":    transporthttp.ErrAddress,
		"https://example.org?a=b":      transporthttp.ErrAddress,
		"https://example.org#a":        transporthttp.ErrAddress,
		"https://exa mple.org":         transporthttp.ErrAddress,
		"":                             transporthttp.ErrAddress,
	} {
		if _, err := transporthttp.New(bad, transporthttp.Options{}); !errors.Is(err, want) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := transporthttp.New("http://example.org", transporthttp.Options{Insecure: true}); err != nil {
		t.Errorf("insecure, as asked: %v", err)
	}
}
