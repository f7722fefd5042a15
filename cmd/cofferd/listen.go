package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/pflag"
)

// address says where a service listens and under which URL people reach it.
type address struct {
	listen, publicURL string
	cert, key         string
	behindProxy       bool
}

func (a *address) flags(f *pflag.FlagSet, listen string) {
	f.StringVar(&a.listen, "listen", listen, "address to listen on; port 0 picks one")
	f.StringVar(&a.publicURL, "url", "", "the URL under which clients reach it, if not the address itself")
	f.StringVar(&a.cert, "tls-cert", "", "certificate `file` (PEM)")
	f.StringVar(&a.key, "tls-key", "", "private key `file` (PEM)")
	f.BoolVar(&a.behindProxy, "behind-proxy", false, "plain http, because a proxy in front speaks TLS; --url says its URL")
}

// check refuses plain http that others could reach.
func (a *address) check() error {
	if (a.cert == "") != (a.key == "") {
		return usagef("--tls-cert and --tls-key go together")
	}
	if a.behindProxy && a.publicURL == "" {
		return usagef("--behind-proxy needs --url, the proxy's https URL")
	}
	if a.publicURL != "" {
		u, err := url.Parse(a.publicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return usagef("--url is like https://chat.example.org")
		}
	}
	host, _, err := net.SplitHostPort(a.listen)
	if err != nil {
		return usagef("--listen is HOST:PORT, such as 127.0.0.1:8420")
	}
	if a.cert == "" && !a.behindProxy && !a.local(host) {
		return usagef("plain http can be read by others: give --tls-cert and --tls-key, or --behind-proxy, or listen on 127.0.0.1")
	}
	return nil
}

// local reports whether a host can only be this machine.
func (a *address) local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// open binds the address and returns the URL under which it is reached.
func (a *address) open(ctx context.Context) (net.Listener, string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", a.listen)
	if err != nil {
		return nil, "", fmt.Errorf("cannot listen: %w", err)
	}
	scheme := "http"
	if a.cert != "" {
		pair, err := tls.LoadX509KeyPair(a.cert, a.key)
		if err != nil {
			l.Close()
			return nil, "", fmt.Errorf("certificate: %w", err)
		}
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}})
		scheme = "https"
	}
	if a.publicURL != "" {
		return l, a.publicURL, nil
	}
	return l, scheme + "://" + l.Addr().String(), nil
}

// openNear is open, but where any port will do it takes the one of the kept
// host, if that is free: clients, and the realms in their chains, know it.
func (a *address) openNear(ctx context.Context, kept string) (net.Listener, string, error) {
	host, port, err := net.SplitHostPort(a.listen)
	keptHost, _, err2 := net.SplitHostPort(kept)
	if err == nil && err2 == nil && port == "0" && host == keptHost {
		b := *a
		b.listen = kept
		if l, url, err := b.open(ctx); err == nil {
			return l, url, nil
		}
	}
	return a.open(ctx)
}

// serveHTTP serves until ctx is done, says so on stdout once it does, and ends
// in good order.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, url string, stdout io.Writer, log *slog.Logger) error {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true) // gRPC on loopback and behind a proxy
	s := &http.Server{
		Handler: h, Protocols: protocols, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	if _, err := fmt.Fprintln(stdout, "ready", url); err != nil {
		return errors.Join(err, s.Close(), <-done)
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	log.Info("shutting down")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(grace); err != nil {
		s.Close()
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
