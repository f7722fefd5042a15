package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/realm"
	"github.com/coffer-chat/coffer/realm/sqlstore"
	"github.com/spf13/cobra"
)

func realmCommand(stdout, stderr io.Writer) *cobra.Command {
	var a address
	var data, delays string
	var accept []string
	var restored bool
	c := &cobra.Command{
		Use:   "realm --data DIR --listen ADDR --accept URL#KEY",
		Short: "Run one realm: a guardian of PIN shares for other people's servers",
		Long: `Run one realm: a guardian of PIN shares for other people's servers.

A realm counts guesses before it answers and never learns a PIN. It is worth the
most where its operator is not the server's. --accept names an account server as
its operator sees it in the log of cofferd serve; the realm's own URL#KEY, for
coffer recovery add pin --realm, is in this program's log.

Ten wrong guesses use a PIN up. From the fourth in a row on the realm waits
before it answers, longer each time: --delay says how long before the fourth, the
fifth and so on, the last one for all that follow. Meanwhile the owner's devices
tell of the guesses.`,
		Example: `  cofferd realm --data ./realm --listen 127.0.0.1:8430 --accept http://127.0.0.1:8420#KEY`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if data == "" {
				return usagef("--data says where the realm keeps its database")
			}
			if len(accept) == 0 {
				return usagef("--accept says whose accounts the realm serves: URL#KEY, see the log of cofferd serve")
			}
			if err := a.check(); err != nil {
				return err
			}
			delay, err := parseDelays(delays)
			if err != nil {
				return err
			}
			return runRealm(cmd.Context(), a, data, accept, delay, restored, stdout, newLogger(stderr))
		},
	}
	c.Flags().StringVar(&data, "data", "", "folder of the realm's database")
	c.Flags().StringArrayVar(&accept, "accept", nil, "account server whose accounts it serves, as `URL#KEY`; may be repeated")
	c.Flags().StringVar(&delays, "delay", "", "`TIMES` to wait before the fourth guess in a row and each later one (default 1m,5m,15m,1h,4h,12h,24h; 0s for none)")
	c.Flags().BoolVar(&restored, "restored", false, "the database comes from a backup: leave each registration one guess")
	a.flags(c.Flags(), "127.0.0.1:8430")
	return c
}

func newLogger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func runRealm(ctx context.Context, a address, data string, accept []string, delay func(int) time.Duration, restored bool, stdout io.Writer, log *slog.Logger) (err error) {
	var servers []realm.ServerKey
	for _, text := range accept {
		r, err := pinvault.ParseRealm(text)
		if err != nil {
			return usagef("--accept is URL#KEY, see the log of cofferd serve")
		}
		servers = append(servers, realm.ServerKey{URL: r.URL, Key: r.Key})
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	unlock, err := lockFolder(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	h, err := openRealm(ctx, data, realm.Config{Accept: servers, Delay: delay, Logger: log}, restored)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	l, url, err := a.open(ctx)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", h.server)
	mux.HandleFunc("GET /healthz", healthy)
	log.Info("this realm", "realm", pinvault.Realm{URL: url, Key: h.server.Key()}.String())
	return serveHTTP(ctx, l, mux, url, stdout, log)
}

// heldRealm is an open realm with its database and background work.
type heldRealm struct {
	server *realm.Server
	store  *sqlstore.Store
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// openRealm opens the realm in a folder, which it makes, and starts its
// background work.
func openRealm(ctx context.Context, dir string, config realm.Config, restored bool) (*heldRealm, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, filepath.Join(dir, realmFile))
	if err != nil {
		return nil, fmt.Errorf("realm's database: %w", err)
	}
	if restored {
		if err := realm.MarkRestored(ctx, store); err != nil {
			return nil, errors.Join(err, store.Close())
		}
	}
	config.Store = store
	h := &heldRealm{store: store}
	if h.server, err = realm.Open(ctx, config); err != nil {
		return nil, errors.Join(fmt.Errorf("realm: %w", err), store.Close())
	}
	ctx, h.cancel = context.WithCancel(ctx)
	h.done.Go(func() { h.server.Run(ctx) })
	return h, nil
}

func (h *heldRealm) close() error {
	h.cancel()
	h.done.Wait()
	return h.store.Close()
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok\n")
}
