package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/transport"
)

// longPoll is how much longer than other calls one may take that waits for
// something to happen.
const longPoll = 40 * time.Second

// patient ends calls to a server that does not answer. A file may take any time
// as long as bytes move.
type patient struct {
	client.Transport
	limit time.Duration
}

// Do makes a call within the limit.
func (p *patient) Do(ctx context.Context, procedure string, body []byte) ([]byte, error) {
	limit := p.limit
	if strings.HasSuffix(procedure, "/Wait") {
		limit += longPoll
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return p.Transport.Do(ctx, procedure, body)
}

// Raw makes a request that ends when no byte has moved for the limit.
func (p *patient) Raw(ctx context.Context, method, path string, header map[string][]string, body io.Reader) (int, map[string][]string, io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watchdog{limit: p.limit, cancel: cancel}
	w.timer = time.AfterFunc(p.limit, func() { cancel(errStalled) })
	if body != nil {
		body = &watched{r: body, w: w, ctx: ctx}
	}
	status, answer, content, err := p.Transport.Raw(ctx, method, path, header, body)
	if err != nil {
		w.stop()
		return 0, nil, nil, stalled(ctx, err)
	}
	return status, answer, &watchedBody{watched{r: content, w: w, ctx: ctx}, content}, nil
}

var errStalled = errors.New("nothing moved for too long")

// stalled tells the end that the watchdog made from one that the caller wanted.
func stalled(ctx context.Context, err error) error {
	if err != nil && err != io.EOF && errors.Is(context.Cause(ctx), errStalled) {
		return fmt.Errorf("%w: %w", transport.ErrUnreachable, errStalled)
	}
	return err
}

type watchdog struct {
	limit  time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

func (w *watchdog) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// watched tells the watchdog of each read.
type watched struct {
	r   io.Reader
	w   *watchdog
	ctx context.Context
}

func (r *watched) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.w.timer.Reset(r.w.limit)
	return n, stalled(r.ctx, err)
}

type watchedBody struct {
	watched
	c io.Closer
}

func (b *watchedBody) Close() error {
	b.w.stop()
	return b.c.Close()
}
