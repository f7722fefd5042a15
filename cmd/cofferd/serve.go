package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/bus/local"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
	"github.com/spf13/cobra"
)

// serveOptions are the choices of cofferd serve.
type serveOptions struct {
	address
	data, host, registration string
	maxFile                  string
	maxBlob                  uint64
	realms, pushAllow        []string
	noPush, noReports        bool
	keepReports              int
	threshold                int
}

func serveCommand(stdout, stderr io.Writer) *cobra.Command {
	var o serveOptions
	c := &cobra.Command{
		Use:   "serve --data DIR",
		Short: "Run the server",
		Long: `Run the server.

Everything is kept below --data, which is made if it is not there. When the
server serves, it prints one line, "ready URL". On this machine alone plain http
and open registration are fine; where others can reach it, it wants TLS, and
registration is by invitation unless you say otherwise.

Without --realm three realms run inside this process. PINs are then only as
strong as the trust in its one operator.`,
		Example: `  cofferd serve --data ./data
  cofferd serve --data /var/lib/coffer --listen :443 --url https://chat.example.org --tls-cert C --tls-key K
  cofferd serve --data ./data --realm https://a.example#KEY --realm https://b.example#KEY --realm https://c.example#KEY`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.data == "" {
				return usagef("--data says where the server keeps everything")
			}
			if err := o.check(); err != nil {
				return err
			}
			if !slices.Contains([]string{"", "open", "invite", "closed"}, o.registration) {
				return usagef("--registration is open, invite or closed")
			}
			if o.keepReports < 1 || o.keepReports > 3650 {
				return usagef("--keep-reports is 1 to 3650 days")
			}
			var err error
			if o.maxBlob, err = parseMaxFile(o.maxFile); err != nil {
				return err
			}
			if o.host != "" {
				if _, err := account.ParseHost(o.host); err != nil {
					return usagef("--host is like chat.example.org")
				}
			}
			return serve(cmd.Context(), o, stdout, newLogger(stderr))
		},
	}
	f := c.Flags()
	f.StringVar(&o.data, "data", "", "folder of everything that the server keeps")
	f.StringVar(&o.host, "host", "", "name of the server in ids and links; fixed at the first start (default: that of the URL)")
	f.StringVar(&o.registration, "registration", "", "open, invite or closed (default: open on this machine alone, else invite)")
	f.StringVar(&o.maxFile, "max-file", "", "largest attachment, as a `SIZE` from 1MB to 1073MB (default 100MB)")
	f.StringArrayVar(&o.realms, "realm", nil, "realm to propose for PINs, as `URL#KEY`; may be repeated")
	f.BoolVar(&o.noPush, "no-push", false, "wake no devices through push services")
	f.StringArrayVar(&o.pushAllow, "push-allow", nil, "push service to allow beyond port 443 of public addresses, as `HOST:PORT`; may be repeated")
	f.BoolVar(&o.noReports, "no-reports", false, "take no reports of messages")
	f.IntVar(&o.keepReports, "keep-reports", defaultKeepReports, "erase reports after so many `DAYS`, 1 to 3650, that nobody closed earlier")
	f.IntVar(&o.threshold, "threshold", 0, "how many realms must work together (default: more than half)")
	o.flags(f, "127.0.0.1:8420")
	return c
}

// serve runs the server until ctx is done.
func serve(ctx context.Context, o serveOptions, stdout io.Writer, log *slog.Logger) (err error) {
	realms, threshold, err := o.proposedRealms()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	unlock, err := lockFolder(o.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	db, err := sqlstore.OpenSQLite(ctx, filepath.Join(o.data, databaseFile))
	if err != nil {
		return openFailed(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	kept, err := db.Meta(ctx, "host")
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	l, publicURL, err := o.openNear(ctx, string(kept))
	if err != nil {
		return err
	}
	defer l.Close() // a second time, after serveHTTP, does nothing
	blobs, err := fs.Open(filepath.Join(o.data, blobFolder))
	if err != nil {
		return fmt.Errorf("folder of attachments: %w", err)
	}
	key, err := server.ServerKey(ctx, db)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	var within []string
	if len(realms) == 0 {
		inside, err := openInside(ctx, filepath.Join(o.data, realmFolder), publicURL, key, log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, inside.close()) }()
		inside.mount(mux)
		realms, threshold, within = inside.names, 2, inside.folders()
		log.Warn("PINs are guarded by three realms inside this process: they are only as strong as the trust in its one operator; see cofferd realm --help")
	}
	host, err := o.stableHost(string(kept), publicURL)
	if err != nil {
		return err
	}
	s, err := server.New(ctx, server.Config{
		Store: db, Blobs: blobs, Bus: local.New(), Host: host, Registration: o.policy(),
		Realms: realms, RealmThreshold: threshold, RealmOperators: operators(realms), RealmsInside: within,
		Limits:      server.Limits{MaxBlobBytes: o.maxBlob},
		Push:        server.Push{Off: o.noPush, Allow: o.pushAllow},
		Reports:     server.Reports{Off: o.noReports, Keep: time.Duration(o.keepReports) * 24 * time.Hour},
		BehindProxy: o.behindProxy, Logger: log, Software: "cofferd " + version(),
	})
	if errors.Is(err, server.ErrHost) {
		return usagef("this data belongs to a server of another name; its conversations cannot move to %s", o.host)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	mux.Handle("/", s.Handler())
	mountPages(mux, realms)
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Ready(r.Context()); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		healthy(w, r)
	})
	mux.Handle("GET /metrics", onlyLocal(s.Metrics()))
	log.Info("this server", "server", pinvault.Realm{URL: publicURL, Key: pinvault.PublicKey(key)}.String())
	var work sync.WaitGroup
	defer work.Wait()
	background, stop := context.WithCancel(ctx)
	defer stop()
	work.Go(func() {
		if err := s.Run(background); err != nil {
			log.Error("background work ended", "cause", err)
		}
	})
	return serveHTTP(ctx, l, mux, publicURL, stdout, log)
}

// stableHost is the name that ids carry. It is fixed at the first start, so
// that another port or address does not make other conversations.
func (o *serveOptions) stableHost(kept, publicURL string) (string, error) {
	if o.host != "" || kept != "" {
		return o.host, nil // the server holds it against the one that is kept
	}
	u, err := url.Parse(publicURL)
	if err != nil {
		return "", err
	}
	return u.Host, nil
}

// onlyLocal serves who asks from this machine: metrics are the operator's.
func onlyLocal(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || r.Header.Get("X-Forwarded-For") != "" {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (o *serveOptions) proposedRealms() ([]pinvault.Realm, int, error) {
	var out []pinvault.Realm
	for _, text := range o.realms {
		r, err := pinvault.ParseRealm(text)
		if err != nil {
			return nil, 0, usagef("--realm is URL#KEY, as cofferd realm logs it")
		}
		out = append(out, r)
	}
	t := o.threshold
	if t == 0 {
		t = len(out)/2 + 1
	}
	if len(out) > 0 {
		set := pinvault.RealmSet{Realms: out, Threshold: t, Stretch: pinvault.DefaultStretch}
		if err := set.Check(); err != nil {
			return nil, 0, usagef("these realms cannot guard a PIN: %v", err)
		}
	}
	return out, t, nil
}

// policy is who may register.
func (o *serveOptions) policy() server.Registration {
	if o.registration != "" {
		return server.Registration(o.registration)
	}
	host, _, err := net.SplitHostPort(o.listen)
	if err == nil && o.local(host) && !o.behindProxy {
		return server.RegistrationOpen
	}
	return server.RegistrationInvite
}

// operators counts hosts, the best that a server can say of independence.
func operators(realms []pinvault.Realm) int {
	hosts := map[string]bool{}
	for _, r := range realms {
		if u, err := url.Parse(r.URL); err == nil {
			hosts[u.Host] = true
		}
	}
	return len(hosts)
}
