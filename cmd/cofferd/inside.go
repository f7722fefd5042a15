package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/realm"
)

// inside are the realms that run in the server's own process, for a first try.
type inside struct {
	realms []*heldRealm
	names  []pinvault.Realm
}

const insideCount = 3

// openInside opens them, each with a database of its own.
func openInside(ctx context.Context, dir, publicURL string, server ed25519.PublicKey, log *slog.Logger) (*inside, error) {
	in := &inside{}
	for i := range insideCount {
		h, err := openRealm(ctx, filepath.Join(dir, fmt.Sprint(i+1)), realm.Config{
			Accept: []realm.ServerKey{{URL: publicURL, Key: pinvault.PublicKey(server)}},
			Delay:  realm.NoDelay, Logger: log,
		}, false)
		if err != nil {
			return nil, errors.Join(err, in.close())
		}
		in.realms = append(in.realms, h)
		in.names = append(in.names, pinvault.Realm{URL: fmt.Sprintf("%s/realm/%d", publicURL, i+1), Key: h.server.Key()})
	}
	return in, nil
}

// folders are where the databases lie, as a disclosure names them.
func (in *inside) folders() []string {
	var out []string
	for i := range in.realms {
		out = append(out, fmt.Sprintf("%s/%d", realmFolder, i+1))
	}
	return out
}

func (in *inside) mount(mux *http.ServeMux) {
	for i, h := range in.realms {
		prefix := fmt.Sprintf("/realm/%d", i+1)
		mux.Handle(prefix+"/", http.StripPrefix(prefix, h.server))
	}
}

func (in *inside) close() error {
	var errs []error
	for _, h := range in.realms {
		errs = append(errs, h.close())
	}
	return errors.Join(errs...)
}
