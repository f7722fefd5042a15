package server

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"

	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/api/limit"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/bus/local"
	"github.com/coffer-chat/coffer/server/internal/accounts"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/blobs"
	"github.com/coffer-chat/coffer/server/internal/chains"
	"github.com/coffer-chat/coffer/server/internal/convos"
	"github.com/coffer-chat/coffer/server/internal/devices"
	"github.com/coffer-chat/coffer/server/internal/disclosures"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/metrics"
	"github.com/coffer-chat/coffer/server/internal/peer"
	"github.com/coffer-chat/coffer/server/internal/push"
	"github.com/coffer-chat/coffer/server/internal/rate"
	"github.com/coffer-chat/coffer/server/internal/reports"
	"github.com/coffer-chat/coffer/server/internal/wake"
	"github.com/coffer-chat/coffer/server/store"
)

// maxRequest bounds the size of a call in bytes, after decompression: the
// largest commit with its deposits.
const maxRequest = 36 << 20

// Server is a running server. It is an http.Handler.
type Server struct {
	env      *env.Env
	config   Config
	handler  http.Handler
	convos   *convos.Service
	accounts *accounts.Service
	reports  *reports.Service
	drainer  *wake.Drainer
	pusher   *push.Pusher
	metrics  *metrics.Metrics

	stop context.CancelFunc // ends calls that wait
}

// New prepares a server. What ctx carries is used for the start only.
func New(ctx context.Context, c Config) (*Server, error) {
	if c.Store == nil || c.Blobs == nil {
		return nil, fmt.Errorf("%w: store and blobs", ErrConfig)
	}
	if err := c.Registration.check(); err != nil {
		return nil, err
	}
	if c.Bus == nil {
		c.Bus = local.New()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.SweepEvery <= 0 {
		c.SweepEvery = 10 * time.Second
	}
	host, err := keepHost(ctx, c)
	if err != nil {
		return nil, err
	}
	keys, err := env.LoadKeys(ctx, c.Store)
	if err != nil {
		return nil, err
	}
	cache := chains.New(c.Store)
	drainer := wake.New(c.Store, c.Bus, c.Logger)
	pusher, err := push.New(ctx, c.Store, c.Logger, c.Push.options(host))
	if err != nil {
		return nil, err
	}
	if !c.Push.Off {
		drainer.News = pusher.News
	}
	e := &env.Env{
		Store: c.Store, Chains: cache, Bus: c.Bus, Keys: keys, Host: host, Limits: c.Limits.Complete(),
		Auth: &auth.Auth{Store: c.Store, Chains: cache, Now: c.Now}, Now: c.Now, Log: c.Logger, Wake: drainer.Tell,
	}
	e.Written = rate.New(e.Limits.Write, e.Now)
	life, stop := context.WithCancel(context.Background())
	s := &Server{env: e, config: c, drainer: drainer, pusher: pusher, stop: stop, convos: convos.New(e), metrics: metrics.New(c.Now())}
	s.handler = s.route(life)
	return s, nil
}

// Run does what no call does: it carries news to the accounts that wait, first
// what an earlier process left undone, wakes devices, and erases what is over. It returns when
// ctx is done; calls that wait are answered then, too. Only one may run on a
// store.
func (s *Server) Run(ctx context.Context) error {
	defer s.stop()
	var work sync.WaitGroup
	work.Go(func() { s.drainer.Run(ctx) })
	work.Go(func() { s.pusher.Run(ctx) })
	s.sweep(ctx)
	work.Wait()
	return nil
}

// metaHost is where the store keeps the host.
const metaHost = "host"

// keepHost returns the host that the store was begun with.
func keepHost(ctx context.Context, c Config) (account.Host, error) {
	kept, err := c.Store.Meta(ctx, metaHost)
	if errors.Is(err, store.ErrNotFound) {
		if _, err := account.ParseHost(c.Host); err != nil {
			return "", fmt.Errorf("%w: host: %w", ErrConfig, err)
		}
		kept, err = c.Store.KeepMeta(ctx, metaHost, []byte(c.Host))
	}
	if err == nil && c.Host != "" && string(kept) != c.Host {
		err = ErrHost
	}
	return account.Host(kept), err
}

func (s *Server) route(life context.Context) http.Handler {
	options := []connect.HandlerOption{
		connect.WithInterceptors(
			s.outermost(),
			limit.Interceptor(func(error) error {
				return fail.Kind(fail.TooLarge, "a field of the request is longer than its limit")
			}),
			s.env.Auth.Interceptor()),
		limit.ReadOptions(maxRequest),
		limit.Codecs(),
		connect.WithCompressMinBytes(math.MaxInt32), // nearly everything is ciphertext
		connect.WithRecover(func(ctx context.Context, spec connect.Spec, _ http.Header, p any) error {
			return fail.Outward(ctx, s.env.Log, spec.Procedure, fmt.Errorf("panic: %v", p))
		}),
	}
	a := accounts.New(life, s.env, accounts.Options{
		Registration: s.config.Registration.wire(), Realms: s.config.Realms, RealmThreshold: s.config.RealmThreshold,
		RealmOperators: s.config.RealmOperators, Software: s.config.Software,
		CloseIn: s.convos.CloseIn, Waits: s.pusher.Waits,
	})
	s.accounts = a
	mux := http.NewServeMux()
	mux.Handle(cofferv1connect.NewAccountServiceHandler(a, options...))
	mux.Handle(cofferv1connect.NewRecoveryServiceHandler(a, options...))
	mux.Handle(cofferv1connect.NewClosingServiceHandler(a, options...))
	mux.Handle(cofferv1connect.NewChainsServiceHandler(a, options...))
	mux.Handle(cofferv1connect.NewResetServiceHandler(a, options...))
	mux.Handle(cofferv1connect.NewConversationServiceHandler(s.convos, options...))
	mux.Handle(cofferv1connect.NewDeviceServiceHandler(devices.New(life, s.env), options...))
	mux.Handle(cofferv1connect.NewRetentionServiceHandler(s.convos, options...))
	mux.Handle(cofferv1connect.NewEphemeralServiceHandler(s.convos, options...))
	mux.Handle(cofferv1connect.NewStorageServiceHandler(s.convos, options...))
	mux.Handle(cofferv1connect.NewPushServiceHandler(push.NewService(s.env, s.pusher), options...))
	mux.Handle(cofferv1connect.NewDisclosureServiceHandler(disclosures.New(s.env, s.config.RealmsInside), options...))
	s.reports = reports.New(s.env, s.config.Reports)
	mux.Handle(cofferv1connect.NewReportServiceHandler(s.reports, options...))
	mux.Handle("/blob/{id}", blobs.New(s.env, s.config.Blobs))
	return peer.Handler(bounded(mux), s.config.BehindProxy)
}

// outermost counts calls and turns errors into what the peer may see.
func (s *Server) outermost() connect.Interceptor {
	return connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			began := time.Now()
			answer, err := next(ctx, req)
			procedure := req.Spec().Procedure
			err = fail.Outward(ctx, s.env.Log, procedure, err)
			outcome := "ok"
			if err != nil {
				outcome = strings.ToLower(strings.TrimPrefix(fail.Of(err).String(), "ERROR_KIND_"))
			}
			s.metrics.Call(procedure[strings.LastIndexByte(procedure, '/')+1:], outcome, time.Since(began))
			if err != nil {
				return nil, err
			}
			return answer, nil
		}
	})
}

// ServeHTTP is Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Handler serves the API under /coffer.v1… and attachments under /blob/.
func (s *Server) Handler() http.Handler { return s.handler }

// Close answers the calls that wait. The caller ends Run and closes store and
// blobs.
func (s *Server) Close() error {
	s.stop()
	return nil
}

// Metrics shows counts of calls in Prometheus's text format. It is for the
// operator, not for everybody.
func (s *Server) Metrics() http.Handler { return s.metrics }

// Host is the name that ids and links carry.
func (s *Server) Host() account.Host { return s.env.Host }

// Key is the key that signs log heads, franks and realm tokens.
func (s *Server) Key() ed25519.PublicKey { return s.env.Keys.Public() }

// Ready reports whether the store answers.
func (s *Server) Ready(ctx context.Context) error {
	_, err := s.env.Store.Wakes(ctx, 1)
	return err
}

// sweep erases what is over, until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(s.config.SweepEvery)
	defer tick.Stop()
	for round := 0; ; round++ {
		if _, err := s.convos.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.env.Log.Error("entries not erased", slog.Any("cause", err))
		}
		if _, err := s.accounts.SweepResets(ctx); err != nil && ctx.Err() == nil {
			s.env.Log.Error("reset accounts not erased", slog.Any("cause", err))
		}
		if err := s.env.Store.Scrub(ctx); err != nil && ctx.Err() == nil {
			s.env.Log.Error("erased entries not scrubbed", slog.Any("cause", err))
		}
		if round%30 == 0 { // these may come later
			now := s.env.NowMS()
			if err := s.env.Store.Expire(ctx, now, now-uint64(s.env.Limits.WelcomeLife.Milliseconds())); err != nil && ctx.Err() == nil {
				s.env.Log.Error("sessions not expired", slog.Any("cause", err))
			}
			if _, err := s.reports.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.env.Log.Error("old reports not erased", slog.Any("cause", err))
			}
			if err := s.config.Blobs.Sweep(ctx, s.env.Now().Add(-24*time.Hour)); err != nil && ctx.Err() == nil {
				s.env.Log.Error("blobs not swept", slog.Any("cause", err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// CreateInvite makes an invitation in a store and returns its code, 120 random
// bits in six groups of four characters, of which the store keeps a hash.
func CreateInvite(ctx context.Context, s store.Store, now time.Time) (string, error) {
	code := newCode()
	return code, s.PutInvite(ctx, accounts.InviteHash(code), uint64(now.UnixMilli()))
}

// newCode draws 120 random bits in six groups of four characters.
func newCode() string {
	b := make([]byte, 15)
	rand.Read(b) // never fails
	plain := strings.ToLower(base32.StdEncoding.EncodeToString(b))
	code := plain[:4]
	for i := 4; i < len(plain); i += 4 {
		code += "-" + plain[i:i+4]
	}
	return code
}

// ServerKey returns the key that a server on this store signs with; the first
// time it is made. Realms in the same process need it before the server is there.
func ServerKey(ctx context.Context, s store.Store) (ed25519.PublicKey, error) {
	keys, err := env.LoadKeys(ctx, s)
	if err != nil {
		return nil, err
	}
	return keys.Public(), nil
}
