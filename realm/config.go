package realm

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
)

// ServerKey is an account server whose tokens a realm accepts.
type ServerKey struct {
	URL string // for people; tokens are known by the key
	Key pinvault.PublicKey
}

// Config says how a Server works. The zero value is a realm in memory that
// accepts nobody.
type Config struct {
	// Key signs what the realm says and is its identity. Nil: one kept in Store,
	// made at first.
	Key ed25519.PrivateKey
	// Accept lists the servers whose accounts the realm serves.
	Accept []ServerKey
	// Store keeps everything. Nil: NewMemory.
	Store Store
	// Delay is how long a realm waits, after the guess before, for the guess of
	// this number in a row, from the fourth on. Nil: pinvault.GrowingDelay.
	Delay func(guess int) time.Duration
	// Logger gets no data of users. Nil: nothing is logged.
	Logger *slog.Logger
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Rand is nil or a source of randomness for tests.
	Rand io.Reader
	// PerMinute is how many requests of one account are answered in a minute, with
	// as many at once. 0: 120.
	PerMinute int
	// InFlight is how many requests are worked on at once. 0: 64.
	InFlight int
}

// NoDelay is a Config.Delay without any: for realms inside the account server's
// own process, where a delay defends against nobody.
func NoDelay(int) time.Duration { return 0 }

// Server is one realm. Its methods may be called at once.
type Server struct {
	config     Config
	public     pinvault.PublicKey
	generation uint64
	accept     map[pinvault.PublicKey]bool
	limit      *limiter
	slots      chan struct{}
	locks      [64]sync.Mutex // by key, so that requests for one row queue instead of conflicting
}

// Open prepares a Server. It reads, or on the first run writes, the realm's own
// row of the store, which the caller closes after the Server's last use.
func Open(ctx context.Context, config Config) (*Server, error) {
	s := &Server{config: config, accept: map[pinvault.PublicKey]bool{}}
	c := &s.config
	if c.Store == nil {
		c.Store = NewMemory()
	}
	if c.Delay == nil {
		c.Delay = pinvault.GrowingDelay
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.PerMinute <= 0 {
		c.PerMinute = 120
	}
	if c.InFlight <= 0 {
		c.InFlight = 64
	}
	s.limit = newLimiter(c.PerMinute)
	s.slots = make(chan struct{}, c.InFlight)
	for _, a := range c.Accept {
		s.accept[a.Key] = true
	}
	own, err := openSelf(ctx, c.Store, c.Rand, c.Key == nil)
	if err != nil {
		return nil, err
	}
	s.generation = own.generation
	if c.Key == nil {
		c.Key = ed25519.NewKeyFromSeed(own.seed)
	}
	if len(c.Key) != ed25519.PrivateKeySize {
		return nil, errors.New("realm: key is not an Ed25519 private key")
	}
	s.public = pinvault.PublicKey(c.Key.Public().(ed25519.PublicKey))
	return s, nil
}

// Key is the realm's public key, the part after # in URL#KEY.
func (s *Server) Key() pinvault.PublicKey { return s.public }
