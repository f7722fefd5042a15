package itest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/cloud"
	"github.com/coffer-chat/coffer/client/cloud/drive"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/sealed"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/realm"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/bus/local"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// world is a server with three realms, and the people who use it.
type world struct {
	tb      testing.TB
	ctx     context.Context
	dir     string
	http    *httptest.Server
	handler atomic.Pointer[http.Handler] // replaced when the server restarts
	realms  []*realmHost
	log     *lockedBuffer // what server and realms logged
	stop    func()
	// wrap, if set, stands between the devices and the server: a hostile one.
	wrap func(http.Handler) http.Handler
	// ahead is how far the world's time is ahead of the machine's: see pass.
	ahead  atomic.Int64
	limits server.Limits // zero: the usual ones
}

// now is the time, for the server and for devices without a clock of their own.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

// realmHost is a realm with its own address, which can be made to fail.
type realmHost struct {
	http   *httptest.Server
	server *realm.Server
	now    atomic.Pointer[realm.Server] // the same, for those who ask
	key    ed25519.PrivateKey
	down   atomic.Bool
	lie    atomic.Bool // answers with other bytes
	asked  atomic.Int64
}

// begin opens the realm on an empty store.
func (h *realmHost) begin(w *world, issuer pinvault.PublicKey) {
	w.tb.Helper()
	s, err := realm.Open(w.ctx, realm.Config{
		Key: h.key, Accept: []realm.ServerKey{{Key: issuer}}, Delay: realm.NoDelay, PerMinute: 10_000, Now: w.now,
	})
	w.must(err)
	h.server = s
	h.now.Store(s)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newWorld starts a server on SQLite, with realms that have addresses of their
// own, and ends them with the test.
func newWorld(tb testing.TB) *world {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	w := &world{tb: tb, ctx: ctx, dir: tb.TempDir(), log: &lockedBuffer{}}
	none := http.Handler(http.NotFoundHandler())
	w.handler.Store(&none)
	w.http = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		(*w.handler.Load()).ServeHTTP(rw, r)
	}))
	w.start()
	tb.Cleanup(func() {
		w.stop()
		cancel()
		w.http.Close()
		for _, r := range w.realms {
			r.http.Close()
		}
	})
	return w
}

// start opens the server on the world's folder.
func (w *world) start() {
	w.tb.Helper()
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	db, err := sqlstore.OpenSQLite(w.ctx, filepath.Join(w.dir, "coffer.db"))
	w.must(err)
	blobs, err := fs.Open(filepath.Join(w.dir, "blobs"))
	w.must(err)
	key, err := server.ServerKey(w.ctx, db)
	w.must(err)
	for len(w.realms) < 3 {
		w.realms = append(w.realms, w.startRealm(pinvault.PublicKey(key)))
	}
	var names []pinvault.Realm
	for _, r := range w.realms {
		names = append(names, pinvault.Realm{URL: r.http.URL, Key: r.server.Key()})
	}
	outbox := newOutbox(db)
	s, err := server.New(w.ctx, server.Config{
		Store: outbox, Blobs: blobs, Bus: local.New(), Host: "coffer.example", Registration: server.RegistrationOpen,
		Realms: names, RealmThreshold: 2, RealmOperators: 3, Logger: log,
		Now: w.now, SweepEvery: 100 * time.Millisecond, Limits: w.limits,
	})
	w.must(err)
	ctx, cancel := context.WithCancel(context.WithValue(w.ctx, drainer{}, true))
	handler := outbox.promptly(ctx, s.Handler())
	if w.wrap != nil {
		handler = w.wrap(handler)
	}
	w.handler.Store(&handler)
	var work sync.WaitGroup
	work.Go(func() { _ = s.Run(ctx) }) // ends with ctx
	w.stop = func() {
		gone := http.Handler(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}))
		w.handler.Store(&gone)
		cancel()
		work.Wait()
		if err := errors.Join(s.Close(), db.Close()); err != nil {
			w.tb.Error(err)
		}
	}
}

// restart ends the server and starts it anew on the same folder.
func (w *world) restart() {
	w.stop()
	w.start()
}

func (w *world) startRealm(issuer pinvault.PublicKey) *realmHost {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	h := &realmHost{key: key}
	h.begin(w, issuer)
	h.http = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		switch {
		case h.down.Load():
			panic(http.ErrAbortHandler)
		case h.lie.Load():
			rw.Header().Set("Content-Type", "application/octet-stream")
			rw.Write(bytes.Repeat([]byte{1}, 200))
		default:
			h.now.Load().ServeHTTP(rw, r)
		}
	}))
	return h
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// device is a person's device: an engine over a store in memory.
type device struct {
	*client.Engine
	w     *world
	name  string
	key   []byte
	store store.Store
	now   func() time.Time // its clock; nil is the world's
	token func() string    // of its session with the server
	// notice is told what a watch finds.
	notice func(client.Notice)
	typing func(client.Typing)
	// lock is the home's, where several programs share one.
	lock     func(context.Context) (func() error, error)
	stepwise bool // the history is brought back by Step
	progress func(client.Progress)
}

// device makes an empty device.
func (w *world) device(name string) *device {
	w.tb.Helper()
	return w.deviceOn(name, mem.New())
}

// deviceOn makes a device over a store.
func (w *world) deviceOn(name string, inner store.Store) *device {
	w.tb.Helper()
	d := &device{w: w, name: name, key: bytes.Repeat([]byte{byte(len(name))}, 32), store: inner}
	d.open()
	return d
}

// open opens the engine, as a program does when it starts.
func (d *device) open() {
	d.w.tb.Helper()
	d.token = nil
	s, err := sealed.Open(d.w.ctx, d.store, d.key, rand.Reader)
	d.w.must(err)
	d.Engine, err = client.Open(d.w.ctx, client.Config{
		Store: s, Rand: rand.Reader, DeviceName: d.name, Realm: askRealm, Now: d.clock, Lock: d.lock, Notice: d.notice, Typing: d.typing, Stepwise: d.stepwise, Progress: d.progress,
		Cloud: func(place string) (cloud.Place, string, error) { return drive.Open(place, 30*time.Second) },
		Dial: func(url string, token func() string) (client.Transport, error) {
			if d.token == nil {
				d.token = token
			}
			return transporthttp.New(url, transporthttp.Options{Token: func() string { return d.token() }})
		},
	})
	d.w.must(err)
}

// clock tells the device's time.
func (d *device) clock() time.Time {
	if d.now != nil {
		return d.now()
	}
	return d.w.now()
}

// register makes an account on a new device.
func (w *world) register(handle string) *device {
	w.tb.Helper()
	d := w.device(handle + "'s phone")
	w.must(d.Register(w.ctx, client.RegisterOptions{Server: w.http.URL, Handle: handle}))
	return d
}

// say sends a text and fails the test unless it was acknowledged.
func (d *device) say(to, text string) client.Message {
	d.w.tb.Helper()
	m, err := d.Send(d.w.ctx, to, client.Outgoing{Text: text})
	d.w.must(err)
	if m.State != client.StateSent {
		d.w.tb.Fatalf("%s: message is %s, not sent", d.name, m.State)
	}
	return m
}

// sync fetches what is new.
func (d *device) sync() {
	d.w.tb.Helper()
	_, err := d.Sync(d.w.ctx)
	d.w.must(err)
}

// texts returns a conversation as "sender: text" lines, oldest first.
func (d *device) texts(with string) []string {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, with, client.Page{})
	d.w.must(err)
	var out []string
	for _, m := range h {
		if m.Event != "" {
			continue
		}
		line := m.SenderHandle + ": " + m.Text
		if m.Unsent {
			line = m.SenderHandle + ": (unsent)"
		}
		out = append(out, line)
	}
	return out
}

// sees fails the test unless the conversation has exactly these lines.
func (d *device) sees(with string, want ...string) {
	d.w.tb.Helper()
	if got := strings.Join(d.texts(with), "\n"); got != strings.Join(want, "\n") {
		d.w.tb.Errorf("%s sees with %s:\n%s\nwant:\n%s", d.name, with, got, strings.Join(want, "\n"))
	}
}

// refused fails the test unless err is of the kind, and returns it.
func (w *world) refused(err error, kind fault.Kind) *fault.Error {
	w.tb.Helper()
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != kind {
		w.tb.Fatalf("error %v (kind %q), want kind %q", err, fault.KindOf(err), kind)
	}
	return e
}

// askRealm posts a request to a realm, as cmd/coffer does.
func askRealm(ctx context.Context, url string, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/realm", bytes.NewReader(request))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "application/octet-stream" {
		return nil, fmt.Errorf("realm: HTTP status %d", resp.StatusCode)
	}
	return io.ReadAll(io.LimitReader(resp.Body, pinvault.MaxMessage))
}
