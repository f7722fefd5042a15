package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/transport"
	"github.com/coffer-chat/coffer/core/pinvault"
)

// realmType is the media type of a realm's requests and answers.
const realmType = "application/octet-stream"

// newRealmTransport reaches PIN realms over HTTP (spec/realm.md). A realm's
// signed answer says itself what went wrong, so the HTTP status does not
// matter where there is one. Everything else is an unreachable realm.
func newRealmTransport(insecure bool, limit time.Duration) client.RealmTransport {
	c := &http.Client{
		Timeout:       limit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, realmURL string, request []byte) ([]byte, error) {
		address, err := realmAddress(realmURL, insecure)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(request))
		if err != nil {
			return nil, fmt.Errorf("%w: realm address", transport.ErrUnreachable)
		}
		req.Header.Set("Content-Type", realmType)
		resp, err := c.Do(req)
		if err != nil {
			return nil, realmUnreachable(ctx, err)
		}
		defer resp.Body.Close()
		if t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || t != realmType {
			return nil, fmt.Errorf("%w: realm answers with HTTP status %d", transport.ErrUnreachable, resp.StatusCode)
		}
		answer, err := io.ReadAll(io.LimitReader(resp.Body, pinvault.MaxMessage+1))
		if err != nil {
			return nil, realmUnreachable(ctx, err)
		}
		if len(answer) > pinvault.MaxMessage {
			return nil, fmt.Errorf("realm: %w", transport.ErrTooLarge)
		}
		return answer, nil
	}
}

// realmAddress is where a realm takes requests. Plain http goes no further than
// this machine unless insecure.
func realmAddress(realmURL string, insecure bool) (string, error) {
	u, err := url.Parse(realmURL)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%w: realm address is not like https://host", transport.ErrUnreachable)
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && (insecure || isLoopback(u.Hostname())):
	default:
		return "", fmt.Errorf("%w: realm: %w", transport.ErrUnreachable, transport.ErrInsecure)
	}
	return strings.TrimRight(u.String(), "/") + "/v1/realm", nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// realmUnreachable wraps an error of net/http without the address.
func realmUnreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Canceled
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("%w: realm: %w", transport.ErrUnreachable, err)
}
