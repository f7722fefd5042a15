package client

import (
	"cmp"
	"context"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/cloud"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/search"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/ephemeral"
	"github.com/coffer-chat/coffer/mls"
)

// Transport reaches one server: calls, and plain HTTP for blobs.
// transport/http and transport/fetch make them.
type Transport interface {
	wire.Doer
	// Raw makes a plain request under the server's address; the caller closes
	// the body.
	Raw(ctx context.Context, method, path string, header map[string][]string, body io.Reader) (status int, answer map[string][]string, content io.ReadCloser, err error)
}

// RealmTransport posts one request to a realm and returns its answer.
type RealmTransport func(ctx context.Context, realmURL string, request []byte) ([]byte, error)

// Config is what an engine stands on.
type Config struct {
	// Store is the device's store, sealed (client/store/sealed).
	Store store.Store
	// Dial makes the transport to a server; token is asked for each call.
	Dial func(server string, token func() string) (Transport, error)
	// Realm reaches PIN realms.
	Realm RealmTransport
	// Cloud opens a place for files and returns its one spelling (package
	// client/cloud/drive does); nil where there is none.
	Cloud func(place string) (p cloud.Place, canonical string, err error)
	// Lock takes the device's lock against other processes, waiting until ctx
	// is done; nil where there is only one process.
	Lock func(ctx context.Context) (release func() error, err error)
	// Rand is the source of randomness: crypto/rand.Reader, or a test's.
	Rand io.Reader
	// Now tells the time; nil is time.Now.
	Now func() time.Time
	// Parallel runs f for each i below n on all cores; nil is the engine's own.
	Parallel func(n int, f func(i int))
	// Progress, if set, is told of long work.
	Progress func(Progress)
	// Changed, if set, is told of each conversation in which something stored here
	// has changed: messages, edits, reactions, deletions, what waits to be sent.
	// It is called with the device's lock held and must not call the engine.
	Changed func(convo.ID)
	// Notice, if set, is handed what Watch finds that happened to the account.
	Notice func(Notice)
	// Noticed, if set and Notice is not, is called by Watch when there is something
	// new that Notices returns. They stay until NoticesShown.
	Noticed func()
	// Typing, if set, is handed who Watch hears is typing.
	Typing func(Typing)
	// Stepwise leaves a restored history to Step, but for the newest page of each
	// conversation and what a History asks for: for a page on which other calls
	// must not wait long.
	Stepwise bool
	// Preview, if set, makes the small picture that travels inside a message: a
	// JPEG of at most limit bytes, drawn anew so that nothing of the file's
	// metadata is in it; nil for what it cannot read. Without it the engine draws
	// PNG and JPEG itself, except in a browser's build, which leaves Go's codecs out.
	Preview func(mediaType string, file FileReader, limit int) []byte
	// DeviceName is what the account's other devices call this one.
	DeviceName string
	// Suite is the cipher suite of conversations that begin here, and of this
	// device's key packages; 0 is the post-quantum hybrid one.
	Suite mls.CipherSuite
}

// Progress is how far long work has come.
type Progress struct {
	// Task is a stable word: "stretch", "chain", "conversations", "messages",
	// "import", "upload", "download", "commit", "release", "leave", "erase",
	// "attachments", "storage".
	Task        string
	Done, Total int64
}

// Engine is an account on one device.
type Engine struct {
	cfg  Config
	mu   sync.Mutex // held with the device's lock
	self *self      // nil: no account yet
	// stepping says that Step is bringing a history, and not at its end.
	stepping bool
	// leftAsked is when the server was last asked for what is erased of tableLeft.
	leftAsked time.Time
	// below is the conversation whose history Step brings, under what is shown of it.
	below convo.ID

	transport Transport
	session   sessionState
	chains    map[string]*chainCache
	convs     map[string]*conversation
	search    *search.Index
	stamp     uint64            // of the last change by this or another process
	news      map[convo.ID]bool // conversations to tell of after the next apply
	clock     clock
	readSaved time.Time // when read marks last went into the private log
	writing   []*late   // what is on its way to the store, in order: see applyBehind
	restoring bool      // applySoon need not wait
	owing     *owing    // what the search index is still to be told of
	// skew is how far the server's clock was ahead of this device's when a call
	// was refused for its time.
	skew time.Duration
	// handed is a head of the private log that another device has handed over.
	handed account.LogHead
	// devices is what the private log says of the account's devices; noticed is
	// the chain head up to which notices were made.
	devices map[account.KeyholderID]deviceInfo
	noticed uint64
	// toldOf is the newest notice that Config.Noticed was called for.
	toldOf uint64
	// What is said beside the log: the counter of the last message that was sent,
	// what was heard, and when the person was last said to be typing.
	counter uint64
	replays ephemeral.Replays
	typed   map[convo.ID]time.Time
	// notified is up to where the person knows conversations; nil: not read.
	notified map[convo.ID]notified
	// leftOut are the realms that a restore leaves out.
	leftOut []string
	// resetMS is when something about a reset of this account changed, as the server
	// said last.
	resetMS uint64
	// pauses are those between tries of a request for a blob; nil for the usual.
	pauses []time.Duration
}

// Open opens the device that the store holds; an empty store is a device
// without an account.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Parallel == nil {
		cfg.Parallel = onAllCores
	}
	if cfg.Progress == nil {
		cfg.Progress = func(Progress) {}
	}
	if cfg.Changed == nil {
		cfg.Changed = func(convo.ID) {}
	}
	cfg.Rand = &sharedRand{r: cfg.Rand}
	e := &Engine{cfg: cfg, news: map[convo.ID]bool{}, typed: map[convo.ID]time.Time{}}
	e.forget()
	return e, e.locked(ctx, func() error { return nil })
}

// suite is the cipher suite of what begins here.
func (e *Engine) suite() mls.CipherSuite { return cmp.Or(e.cfg.Suite, suite) }

// Close forgets keys held in memory. The store is the caller's to close.
func (e *Engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forget()
	e.self = nil
}

// forget drops what was read from the store.
func (e *Engine) forget() {
	if e.self != nil {
		e.self.erase()
	}
	e.self, e.devices, e.noticed, e.notified = nil, nil, 0, nil
	e.owing = new(owing)
	for _, c := range e.convs {
		c.erase()
	}
	e.chains = map[string]*chainCache{}
	e.convs = map[string]*conversation{}
}

// locked runs f under the device's lock, after dropping what another process
// has changed since.
func (e *Engine) locked(ctx context.Context, f func() error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cfg.Lock != nil {
		release, err := e.cfg.Lock(ctx)
		if err != nil {
			return &fault.Error{Kind: fault.KindInUse, Message: "another program is using this home; wait for it to end", Err: err}
		}
		defer release()
	}
	if err := e.refresh(ctx); err != nil {
		return err
	}
	err := f()
	if late := e.settle(); err == nil {
		err = late
	}
	return err
}

// withAccount is locked for operations that need an account.
func (e *Engine) withAccount(ctx context.Context, f func() error) error {
	return e.locked(ctx, func() error {
		if e.self == nil {
			return e.noAccount(ctx)
		}
		if err := e.sweep(ctx); err != nil {
			return err
		}
		return f()
	})
}

// refresh reloads the account if the store's stamp is not the one last seen.
func (e *Engine) refresh(ctx context.Context) error {
	stamp, err := e.readStamp(ctx)
	if err != nil {
		return err
	}
	if stamp == e.stamp && (e.self != nil || stamp == 0) {
		return nil
	}
	e.forget()
	e.stamp = stamp
	return e.loadSelf(ctx)
}

// apply applies a batch together with a new stamp, by which other processes
// see that something changed. It is called with the lock held.
func (e *Engine) apply(ctx context.Context, b *store.Batch) error {
	if err := e.settle(); err != nil {
		return err
	}
	e.stamp++
	b.Set(keyStamp.Bytes(), appendUint64(nil, e.stamp))
	return e.applied(e.cfg.Store.Apply(ctx, b))
}

// applied takes the outcome of a batch.
func (e *Engine) applied(err error) error {
	if err == nil {
		for id := range e.news {
			e.announce(id)
		}
		clear(e.news)
		return nil
	}
	e.forget() // what is in memory may be ahead of the store
	e.stamp = 0
	return fault.Failed(err, "the device's store cannot be written; nothing was lost")
}

// announce tells of a conversation that has changed, but for one whose history
// Step brings below what is shown of it.
func (e *Engine) announce(id convo.ID) {
	if id != e.below {
		e.cfg.Changed(id)
	}
}

func onAllCores(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	// Some at a time: what is done for one is often less work than a hand-over.
	const block = 16
	var wg sync.WaitGroup
	var next atomic.Int64
	size := max(1, min(block, n/(2*workers)))
	for range workers {
		wg.Go(func() {
			for {
				to := int(next.Add(int64(size)))
				for i := to - size; i < min(to, n); i++ {
					f(i)
				}
				if to >= n {
					return
				}
			}
		})
	}
	wg.Wait()
}
