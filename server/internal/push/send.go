package push

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

const (
	// sendTime is how long a push service may take.
	sendTime = 8 * time.Second
	// maxAnswer bounds what is read of its answer, which nobody looks at.
	maxAnswer = 4 << 10
	// keepFor is for how long it keeps a wake-up for a device that it cannot reach;
	// afterwards the device learns when it is next opened.
	keepFor = 7 * 24 * time.Hour
)

// newClient follows no redirect, uses no proxy, and reaches public addresses only.
func newClient(o Options) *http.Client {
	return &http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer(o.Allow),
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    5 * time.Second,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 16 << 10,
			DisableCompression:     true,
		},
	}
}

// send posts an empty push message (RFC 8030 section 5). Of several that a push
// service holds for a device the newest is enough: they have one topic.
func (p *Pusher) send(ctx context.Context, o order) (result outcome, after time.Duration) {
	u, err := parseEndpoint(o.endpoint, p.options.Allow)
	if err != nil {
		return gone, 0 // the operator allowed it once
	}
	authorization, err := p.key.authorization("https://"+u.Host, p.options.Contact, time.Now())
	if err != nil {
		p.log.Error("push token not signed", slog.Any("cause", err))
		return refused, 0
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.endpoint, http.NoBody)
	if err != nil {
		return gone, 0
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("TTL", strconv.Itoa(int(keepFor.Seconds())))
	req.Header.Set("Urgency", o.urgency.String())
	req.Header.Set("Topic", "news")
	req.Header.Set("User-Agent", "cofferd")
	answer, err := p.client.Do(req)
	if errors.Is(err, errAddress) {
		return gone, 0
	}
	if err != nil {
		return later, 0
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)) // so that the connection can be used again
	return judge(answer.StatusCode), retryAfter(answer.Header.Get("Retry-After"))
}

// judge says what an answer's status means.
func judge(status int) outcome {
	switch {
	case status >= 200 && status < 300:
		return accepted
	case status == http.StatusNotFound || status == http.StatusGone:
		return gone
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return later
	}
	return refused
}

// retryAfter reads the number of seconds; nothing else is taken.
func retryAfter(value string) time.Duration {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}
