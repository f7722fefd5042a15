package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/coffer-chat/coffer/client/transport"
)

// Do makes a unary call. Its errors are *transport.Error, or wrap
// transport.ErrUnreachable, ErrTooLarge, ErrProtocol or context.Canceled; when
// ctx's deadline has passed, ErrUnreachable and context.DeadlineExceeded both.
func (c *Client) Do(ctx context.Context, procedure string, body []byte) ([]byte, error) {
	req, err := c.request(ctx, procedure, transport.UnaryType, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, failure(ctx, resp)
	}
	if err := accept(resp, transport.UnaryType); err != nil {
		return nil, err
	}
	if resp.ContentLength > int64(c.maxAnswer) {
		return nil, transport.ErrTooLarge
	}
	return read(ctx, resp.Body, resp.ContentLength, c.maxAnswer)
}

// Stream makes a server-streaming call and hands each message to each. Errors
// are as for Do; an error of each ends the call and is returned as it is.
func (c *Client) Stream(ctx context.Context, procedure string, body []byte, each func(message []byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the request when each wants no more
	req, err := c.request(ctx, procedure, transport.StreamType, transport.AppendFrame(nil, body))
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return unreachable(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return failure(ctx, resp)
	}
	if err := accept(resp, transport.StreamType); err != nil {
		return err
	}
	for {
		message, end, err := transport.ReadFrame(resp.Body, c.maxAnswer)
		if err != nil {
			if ctx.Err() != nil && errors.Is(err, transport.ErrUnreachable) {
				return unreachable(ctx, err)
			}
			return err
		}
		if end {
			return transport.DecodeEnd(message)
		}
		if err := each(message); err != nil {
			return err
		}
	}
}

// Raw makes a plain HTTP request with the session's token; see transport.Rawer.
func (c *Client) Raw(ctx context.Context, method, path string, header map[string][]string, body io.Reader) (
	status int, answer map[string][]string, content io.ReadCloser, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("path: %w", err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if size := req.Header.Get("Content-Length"); size != "" && body != nil {
		if req.ContentLength, err = strconv.ParseInt(size, 10, 64); err != nil {
			return 0, nil, nil, fmt.Errorf("content length: %w", err)
		}
		if req.ContentLength == 0 {
			req.Body = http.NoBody
		}
	}
	if token := c.token(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, unreachable(ctx, err)
	}
	return resp.StatusCode, resp.Header, &answerBody{resp.Body, ctx}, nil
}

// answerBody says of a connection that breaks what Do would say.
type answerBody struct {
	io.ReadCloser
	ctx context.Context
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = unreachable(b.ctx, err)
	}
	return n, err
}

// failure reads the error that an answer with another status than 200 carries.
func failure(ctx context.Context, resp *http.Response) error {
	body, err := read(ctx, resp.Body, resp.ContentLength, transport.MaxError)
	if errors.Is(err, transport.ErrTooLarge) {
		body, err = nil, nil // the status alone must do
	}
	if err != nil {
		return err
	}
	return transport.DecodeError(resp.StatusCode, resp.Header.Get("Content-Type"), body)
}

// accept checks that an answer is of the type asked for, and not compressed.
func accept(resp *http.Response, want string) error {
	if !transport.IsType(resp.Header.Get("Content-Type"), want) {
		return fmt.Errorf("%w: content type", transport.ErrProtocol)
	}
	for _, h := range []string{"Content-Encoding", "Connect-Content-Encoding"} {
		if e := resp.Header.Get(h); e != "" && e != "identity" {
			return fmt.Errorf("%w: compressed without being asked", transport.ErrProtocol)
		}
	}
	return nil
}

// unreachable wraps an error of net/http. A call that its caller ended is not
// the server's fault.
func unreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without method and address
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if errors.Is(err, transport.ErrUnreachable) {
		return err
	}
	return fmt.Errorf("%w: %w", transport.ErrUnreachable, err)
}
