package itest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/client/store/sqlite"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// benchHost is the name of the servers that benchmarks start.
const benchHost = "coffer.example"

// benchServer is a server on SQLite, with a sync to disk at each commit, on
// loopback; it knows no rate limits, and its time can be moved on.
type benchServer struct {
	tb   testing.TB
	ctx  context.Context
	url  string
	db   *sqlstore.DB
	skew atomic.Int64 // what its clock is ahead, in nanoseconds
}

func newBenchServer(tb testing.TB) *benchServer {
	tb.Helper()
	w, stop := openBenchServer(tb, tb.TempDir())
	tb.Cleanup(stop)
	return w
}

// openBenchServer starts a server on a folder; stop ends it.
func openBenchServer(tb testing.TB, dir string) (w *benchServer, stop func()) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w = &benchServer{tb: tb, ctx: ctx}
	var err error
	w.db, err = sqlstore.OpenSQLite(ctx, filepath.Join(dir, "coffer.db"))
	w.must(err)
	blobs, err := fs.Open(filepath.Join(dir, "blobs"))
	w.must(err)
	off := server.Rule{Burst: -1}
	s, err := server.New(ctx, server.Config{
		Store: w.db, Blobs: blobs, Host: benchHost, Registration: server.RegistrationOpen, Now: w.now,
		Limits: server.Limits{Register: off, SignIn: off, Chain: off, Post: off, Create: off, Claim: off},
	})
	w.must(err)
	listener := httptest.NewServer(s.Handler())
	w.url = listener.URL
	var work sync.WaitGroup
	work.Go(func() { _ = s.Run(ctx) }) // ends with ctx
	return w, func() {
		cancel()
		work.Wait()
		listener.Close()
		if err := errors.Join(s.Close(), w.db.Close()); err != nil {
			tb.Error(err)
		}
	}
}

func (w *benchServer) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// now is the time of the server and of its clients.
func (w *benchServer) now() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) }

// engine opens a device on a store.
func (w *benchServer) engine(s store.Store) *client.Engine {
	w.tb.Helper()
	return w.engineThat(s, nil)
}

// engineThat opens a device that tells of its progress.
func (w *benchServer) engineThat(s store.Store, progress func(client.Progress)) *client.Engine {
	w.tb.Helper()
	e, err := client.Open(w.ctx, client.Config{
		Progress: progress, Store: s, Rand: rand.Reader, DeviceName: "bench", Now: w.now, Realm: askRealm,
		Dial: func(url string, token func() string) (client.Transport, error) {
			return transporthttp.New(url, transporthttp.Options{Token: token})
		},
	})
	w.must(err)
	return e
}

// register makes an account on a device whose store is in memory.
func (w *benchServer) register(handle string) *client.Engine {
	w.tb.Helper()
	e := w.engine(mem.New())
	w.must(e.Register(w.ctx, client.RegisterOptions{Server: w.url, Handle: handle}))
	return e
}

// sealedStore makes an empty store as coffer has it on a computer: sealed, on
// SQLite.
func (w *benchServer) sealedStore() store.Store {
	w.tb.Helper()
	inner, err := sqlite.Open(w.ctx, filepath.Join(w.tb.TempDir(), "store.db"))
	w.must(err)
	s, err := sealed.Open(w.ctx, inner, make([]byte, sealed.KeySize), rand.Reader)
	w.must(err)
	w.tb.Cleanup(func() { s.Close() })
	return s
}
