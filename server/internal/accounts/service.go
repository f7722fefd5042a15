// Package accounts is the account service: chains, sessions, vault roots, key
// packages, private logs, and what a recovery needs. Start with New.
package accounts

import (
	"context"
	"sync"
	"time"

	"connectrpc.com/connect"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/server/internal/env"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/peer"
	"github.com/coffer-chat/coffer/server/internal/rate"
	"github.com/coffer-chat/coffer/server/store"
)

// Protocol is the version of the API. 1: the first.
const Protocol = 1

// Options are what only this service needs.
type Options struct {
	Registration   cofferv1.Registration
	Realms         []pinvault.Realm
	RealmThreshold int
	RealmOperators int
	Software       string
	// CloseIn clears a conversation of a closed account.
	CloseIn func(context.Context, convo.ID, account.ID) (store.ClosedIn, error)
	// Waits is told of each device that waits for news, and of the change up to
	// which it has seen all.
	Waits     func(d store.Device, seen uint64) (left func())
	WaitLimit time.Duration // longest time that a Wait is held; 0: 25 s
}

// Service implements cofferv1connect.AccountServiceHandler.
type Service struct {
	*env.Env
	Options
	limits limiters
	stop   context.Context // ends waiting calls when the server shuts down
	waits  waits
}

// waits counts the calls that wait, by account.
type waits struct {
	mu sync.Mutex
	of map[account.ID]int
}

var _ cofferv1connect.AccountServiceHandler = (*Service)(nil)

type limiters struct {
	anonymous, register, signIn, wrongPassword, passwordCaller *rate.Limiter
	chain, claim, realmToken                                   *rate.Limiter
}

// New returns the service. When stop ends, calls that wait are answered.
func New(stop context.Context, e *env.Env, o Options) *Service {
	if o.WaitLimit <= 0 {
		o.WaitLimit = 25 * time.Second
	}
	if o.Waits == nil {
		o.Waits = func(store.Device, uint64) func() { return func() {} }
	}
	l := e.Limits
	return &Service{Env: e, Options: o, stop: stop, waits: waits{of: make(map[account.ID]int)}, limits: limiters{
		anonymous:      rate.New(l.Anonymous, e.Now),
		register:       rate.New(l.Register, e.Now),
		signIn:         rate.New(l.SignIn, e.Now),
		wrongPassword:  rate.New(l.WrongPassword, e.Now),
		passwordCaller: rate.New(l.PasswordCaller, e.Now),
		chain:          rate.New(l.Chain, e.Now),
		claim:          rate.New(l.Claim, e.Now),
		realmToken:     rate.New(l.RealmToken, e.Now),
	}}
}

// addressed is limited for the caller's address; this machine is not limited.
func addressed(ctx context.Context, l *rate.Limiter, message string) error {
	a := peer.Address(ctx)
	if a == "" {
		return nil
	}
	return limited(l, a, 1, message)
}

// limited takes n from a limiter, or says when to come back.
func limited(l *rate.Limiter, key string, n int, message string) error {
	if wait, ok := l.Take(key, n); !ok {
		return fail.RetryAfter(wait, message)
	}
	return nil
}

func accountID(b []byte) (id account.ID, err error) {
	if len(b) != len(id) {
		return id, fail.Kind(fail.Malformed, "an account id has 32 bytes")
	}
	copy(id[:], b)
	return id, nil
}

func keyholderID(b []byte) (id account.KeyholderID, err error) {
	if len(b) != len(id) {
		return id, fail.Kind(fail.Malformed, "a keyholder id has 16 bytes")
	}
	copy(id[:], b)
	return id, nil
}

// answer wraps a handler's result.
func answer[T any](m *T, err error) (*connect.Response[T], error) {
	if err != nil {
		return nil, err
	}
	return connect.NewResponse(m), nil
}
