//go:build js && wasm

package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall/js"
	"time"

	"github.com/coffer-chat/coffer/client/transport"
)

// DefaultMaxAnswer is the greatest size of a call's answer, in bytes, unless
// Options say otherwise: a ratchet tree of 32 MiB and what stands beside it.
const DefaultMaxAnswer = 40 << 20

// ErrAddress says that a server's address is not like https://host.
var ErrAddress = errors.New("server address is not like https://host")

// Options are the choices that a Client has. The zero value is useful.
type Options struct {
	// Token, if set, is asked before each request for the session's token; ""
	// sends none. It may be called by several goroutines at once.
	Token func() string
	// MaxAnswer bounds a call's answer, in bytes; 0 is DefaultMaxAnswer. It does
	// not bound what Raw returns.
	MaxAnswer int
}

// Client speaks to one server. It may be used by several goroutines at once.
type Client struct {
	base      string // without a slash at its end
	token     func() string
	maxAnswer int
}

// New returns a Client of the server at base, such as "https://example.org". It
// does not connect. Plain http is for this machine only: transport.ErrInsecure.
func New(base string, o Options) (*Client, error) {
	var u js.Value
	if try(func() { u = js.Global().Get("URL").New(base) }) != nil {
		return nil, ErrAddress
	}
	for _, part := range []string{"username", "password", "search", "hash"} {
		if u.Get(part).String() != "" {
			return nil, ErrAddress // without the address: a password may stand in it
		}
	}
	switch u.Get("protocol").String() {
	case "https:":
	case "http:":
		if !loopback(u.Get("hostname").String()) {
			return nil, transport.ErrInsecure
		}
	default:
		return nil, ErrAddress
	}
	c := &Client{base: strings.TrimRight(u.Get("href").String(), "/"), token: o.Token, maxAnswer: o.MaxAnswer}
	if c.token == nil {
		c.token = func() string { return "" }
	}
	if c.maxAnswer <= 0 {
		c.maxAnswer = DefaultMaxAnswer
	}
	return c, nil
}

// loopback reports whether host can only be this machine. The browser has
// written addresses in one form already, and a name cannot end in a number.
func loopback(host string) bool {
	number := host[strings.LastIndexByte(host, '.')+1:]
	return host == "localhost" || host == "[::1]" ||
		strings.HasPrefix(host, "127.") && strings.Trim(number, "0123456789") == ""
}

// Do makes a unary call. Its errors are *transport.Error, or wrap
// transport.ErrUnreachable, ErrTooLarge, ErrProtocol or context.Canceled; when
// ctx's deadline has passed, ErrUnreachable and context.DeadlineExceeded both.
func (c *Client) Do(ctx context.Context, procedure string, body []byte) ([]byte, error) {
	var timeout time.Duration
	if deadline, ok := ctx.Deadline(); ok {
		timeout = max(time.Until(deadline), time.Millisecond)
	}
	a, err := fetch(ctx, c.base+procedure, "POST", transport.RequestHeader(transport.UnaryType, timeout, c.token()), body)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if a.status != 200 {
		b, err := read(a, transport.MaxError)
		if err != nil && !errors.Is(err, transport.ErrTooLarge) {
			return nil, err
		}
		return nil, transport.DecodeError(a.status, a.header("Content-Type"), b)
	}
	if !transport.IsType(a.header("Content-Type"), transport.UnaryType) {
		return nil, fmt.Errorf("%w: content type", transport.ErrProtocol)
	}
	if e := a.header("Connect-Content-Encoding"); e != "" && e != "identity" {
		return nil, fmt.Errorf("%w: compressed without being asked", transport.ErrProtocol)
	}
	return read(a, c.maxAnswer)
}

// Raw makes a plain HTTP request with the session's token; see transport.Rawer.
// A body is read whole before it is sent.
func (c *Client) Raw(ctx context.Context, method, path string, header map[string][]string, body io.Reader) (
	status int, answer map[string][]string, content io.ReadCloser, err error) {
	var sent []byte
	if body != nil {
		if sent, err = io.ReadAll(body); err != nil {
			return 0, nil, nil, err
		}
	}
	var h [][2]string
	for name, values := range header {
		if name == "Content-Length" { // the browser's own
			continue
		}
		for _, v := range values {
			h = append(h, [2]string{name, v})
		}
	}
	if token := c.token(); token != "" {
		h = append(h, [2]string{"Authorization", "Bearer " + token})
	}
	a, err := fetch(ctx, c.base+path, method, h, sent)
	if err != nil {
		return 0, nil, nil, err
	}
	return a.status, a.headers(), a, nil
}

// Post makes one plain request to an address of its own, without the session's
// token: PIN realms take these. The answer is at most limit bytes.
func Post(ctx context.Context, address, contentType string, body []byte, limit int) (status int, answer []byte, err error) {
	a, err := fetch(ctx, address, "POST", [][2]string{{"Content-Type", contentType}}, body)
	if err != nil {
		return 0, nil, err
	}
	defer a.Close()
	answer, err = read(a, limit)
	return a.status, answer, err
}

func read(a *answer, limit int) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(a, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, transport.ErrTooLarge
	}
	return b, nil
}
