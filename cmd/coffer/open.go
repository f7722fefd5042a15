package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/cloud"
	"github.com/coffer-chat/coffer/client/cloud/drive"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/homelock"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/client/store/sqlite"
	"github.com/coffer-chat/coffer/client/transport"
	"github.com/coffer-chat/coffer/client/transport/http"
	"github.com/coffer-chat/coffer/core/account"
)

// openDevice opens the device in the home: key, sealed store, engine.
func openDevice(ctx context.Context, a *app, create bool) (engine, func() error, error) {
	home, err := a.homeFolder()
	if err != nil {
		return nil, nil, err
	}
	key, err := a.deviceKey(ctx, home, create)
	if err != nil {
		return nil, nil, err
	}
	s, err := openStore(ctx, home, key)
	clear(key)
	if err != nil {
		return nil, nil, err
	}
	e, err := client.Open(ctx, client.Config{
		Store: s,
		Dial: func(server string, token func() string) (client.Transport, error) {
			c, err := http.New(server, http.Options{Token: token, Insecure: a.insecure})
			if errors.Is(err, transport.ErrInsecure) {
				return nil, usagef("plain http is refused beyond this machine; use https, or --insecure on a network that you trust")
			}
			if err != nil {
				return nil, err
			}
			return &patient{Transport: c, limit: a.timeout}, nil
		},
		Cloud:      func(place string) (cloud.Place, string, error) { return drive.Open(place, a.timeout) },
		Realm:      newRealmTransport(a.insecure, a.timeout),
		Lock:       func(ctx context.Context) (func() error, error) { return a.lockHome(ctx, home) },
		Rand:       rand.Reader,
		Now:        a.now,
		Progress:   a.progress.report,
		Notice:     a.tell,
		Typing:     a.showTyping,
		DeviceName: deviceName(os.Hostname()),
	})
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return e, func() error {
		e.Close()
		return s.Close()
	}, nil
}

func openStore(ctx context.Context, home string, key []byte) (store.Store, error) {
	db, err := sqlite.Open(ctx, filepath.Join(home, storeName))
	if err != nil {
		return nil, storeError(err)
	}
	s, err := sealed.Open(ctx, db, key, rand.Reader)
	if err != nil {
		return nil, errors.Join(storeError(err), db.Close())
	}
	return s, nil
}

func storeError(err error) error {
	switch {
	case errors.Is(err, store.ErrBusy):
		return inUse(err)
	case errors.Is(err, store.ErrWrongKey):
		return failf(err, "the key in this home belongs to another device's store")
	case errors.Is(err, store.ErrFormat):
		return failf(err, "this home was written by a newer version of coffer; use that one")
	}
	return failf(err, "this home's store cannot be opened")
}

// inUse is the error of a home that another process holds.
func inUse(err error) error {
	if !errors.Is(err, homelock.ErrInUse) && !errors.Is(err, store.ErrBusy) {
		return failf(err, "the home cannot be locked")
	}
	return &fault.Error{Kind: fault.KindInUse, Message: "another program is using this home; wait for it to end, or give --timeout more time", Err: err}
}

// deviceName is what the account's other devices call this one: the machine's
// name, as far as it fits.
func deviceName(host string, err error) string {
	name, _, _ := strings.Cut(host, ".")
	if err != nil || name == "" {
		return "command line"
	}
	for len(name) > account.MaxName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name
}
