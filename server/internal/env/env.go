// Package env holds what all services of a server share.
package env

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/server/bus"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/chains"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/internal/rate"
	"github.com/coffer-chat/coffer/server/store"
)

// Env is handed to every service.
type Env struct {
	Store  store.Store
	Chains *chains.Cache
	Auth   *auth.Auth
	Bus    bus.Bus
	Keys   Keys
	Host   account.Host
	Limits Limits
	Now    func() time.Time
	Log    *slog.Logger
	// Written bounds what an account writes, in KiB.
	Written *rate.Limiter
	// Wake tells the outbox's drainer that there is something in it.
	Wake func()
}

// NowMS is the time in milliseconds since 1970.
func (e *Env) NowMS() uint64 { return uint64(max(e.Now().UnixMilli(), 0)) }

// Write takes n bytes from what an account may write.
func (e *Env) Write(id account.ID, n int) error {
	if wait, ok := e.Written.Take(string(id[:]), n>>10+1); !ok {
		return fail.RetryAfter(wait, "too much at once: wait")
	}
	return nil
}

// Keys are the server's secrets. They say nothing about messages.
type Keys struct {
	// Server signs log heads, franks and realm tokens.
	Server ed25519.PrivateKey
	// Hub makes franks.
	Hub frank.HubKey
	// Salt makes the salts of passwords that do not exist.
	Salt []byte
}

// Public returns the public half of the server key.
func (k Keys) Public() ed25519.PublicKey { return k.Server.Public().(ed25519.PublicKey) }

// String hides the keys.
func (k Keys) String() string { return "env.Keys(redacted)" }

// GoString hides the keys.
func (k Keys) GoString() string { return k.String() }

// HubKeyName is where the store keeps the key of franks.
const HubKeyName = "hub key"

// LoadKeys reads the keys from the store; the first time it makes them.
func LoadKeys(ctx context.Context, s store.Store) (Keys, error) {
	keep := func(name string) ([]byte, error) {
		fresh := make([]byte, 32)
		rand.Read(fresh) // never fails
		b, err := s.KeepMeta(ctx, name, fresh)
		if err == nil && len(b) != len(fresh) {
			err = fmt.Errorf("server: stored key has %d bytes", len(b))
		}
		return b, err
	}
	var k Keys
	seed, err := keep("server key")
	if err != nil {
		return k, err
	}
	hub, err := keep(HubKeyName)
	if err != nil {
		return k, err
	}
	if k.Salt, err = keep("salt secret"); err != nil {
		return k, err
	}
	k.Server = ed25519.NewKeyFromSeed(seed)
	k.Hub, err = frank.HubKeyFromBytes(hub)
	return k, err
}
