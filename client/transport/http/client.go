package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/transport"
)

// DefaultMaxAnswer is the greatest size of an answer, in bytes, unless
// Options say otherwise: a ratchet tree of 32 MiB and what stands beside it.
const DefaultMaxAnswer = 40 << 20

// ErrAddress says that a server's address is not like https://host.
var ErrAddress = errors.New("server address is not like https://host")

// Options are the choices that a Client has. The zero value is useful.
type Options struct {
	// Token, if set, is asked before each request for the session's token; ""
	// sends none. It may be called by several goroutines at once.
	Token func() string
	// Insecure allows plain http beyond loopback.
	Insecure bool
	// MaxAnswer bounds an answer, or each message of a stream, in bytes; 0 is
	// DefaultMaxAnswer. It does not bound what Raw returns.
	MaxAnswer int
	// RoundTripper makes the requests; nil is a new one like net/http's own.
	RoundTripper http.RoundTripper
}

// Client speaks to one server. It may be used by several goroutines at once.
type Client struct {
	base      string // without a slash at its end
	token     func() string
	maxAnswer int
	http      *http.Client
}

// New returns a Client of the server at base, such as "https://example.org" or
// "http://127.0.0.1:8080/path". It does not connect.
func New(base string, o Options) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, ErrAddress // without the address: a password may stand in it
	}
	switch u.Scheme {
	case "https":
	case "http":
		if !o.Insecure && !loopback(u.Hostname()) {
			return nil, transport.ErrInsecure
		}
	default:
		return nil, ErrAddress
	}
	c := &Client{
		base:      strings.TrimRight(u.String(), "/"),
		token:     o.Token,
		maxAnswer: o.MaxAnswer,
	}
	if c.token == nil {
		c.token = func() string { return "" }
	}
	if c.maxAnswer <= 0 {
		c.maxAnswer = DefaultMaxAnswer
	}
	rt := o.RoundTripper
	if rt == nil {
		rt = newTransport()
	}
	c.http = &http.Client{
		Transport: rt,
		// A redirect could carry the token elsewhere, or from https to http.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// CloseIdle closes connections that are not in use.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// newTransport is net/http's default with more connections kept to the one
// server, and no compression: what it carries is encrypted.
func newTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true,
	}
}

// loopback reports whether host can only be this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// request makes a call's request.
func (c *Client) request(ctx context.Context, procedure, contentType string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+procedure, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("procedure: %w", err)
	}
	var timeout time.Duration
	if deadline, ok := ctx.Deadline(); ok {
		timeout = max(time.Until(deadline), time.Millisecond)
	}
	for _, h := range transport.RequestHeader(contentType, timeout, c.token()) {
		req.Header.Set(h[0], h[1])
	}
	return req, nil
}

// read reads at most limit bytes of an answer. size is its length, -1 where it is
// not known.
func read(ctx context.Context, body io.Reader, size int64, limit int) ([]byte, error) {
	if size >= 0 && size <= int64(limit) {
		// The length is believed for a megabyte; beyond, memory comes with the bytes.
		b := bytes.NewBuffer(make([]byte, 0, min(size, 1<<20)+bytes.MinRead))
		if _, err := b.ReadFrom(io.LimitReader(body, size)); err != nil {
			return nil, unreachable(ctx, err)
		}
		if int64(b.Len()) < size {
			return nil, unreachable(ctx, io.ErrUnexpectedEOF)
		}
		return b.Bytes(), nil
	}
	b, err := io.ReadAll(io.LimitReader(body, int64(limit)+1))
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	if len(b) > limit {
		return nil, transport.ErrTooLarge
	}
	return b, nil
}
