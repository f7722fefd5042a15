package realm_test

import (
	"bufio"
	"context"
	crand "crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/pinvault"
	"github.com/coffer-chat/coffer/realm"
	"github.com/coffer-chat/coffer/realm/sqlstore"
)

// The tests' own binary is the realm that is killed.
const (
	childPath   = "COFFER_REALM_TEST_PATH"
	childAccept = "COFFER_REALM_TEST_ACCEPT"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		child(path)
		return
	}
	os.Exit(m.Run())
}

// child serves a realm until it is killed.
func child(path string) {
	ctx := context.Background()
	store, err := sqlstore.Open(ctx, path)
	if err != nil {
		panic(err)
	}
	var accept pinvault.PublicKey
	if _, err := hex.Decode(accept[:], []byte(os.Getenv(childAccept))); err != nil {
		panic(err)
	}
	s, err := realm.Open(ctx, realm.Config{
		Accept: []realm.ServerKey{{Key: accept}}, Store: store, Delay: realm.NoDelay, PerMinute: 100_000,
		Now: func() time.Time { return time.UnixMilli(1_700_000_000_000) },
	})
	if err != nil {
		panic(err)
	}
	fmt.Println("ready", httptest.NewServer(s).URL)
	select {}
}

func start(t *testing.T, path string, accept pinvault.PublicKey) (kill func(), url string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path, childAccept+"="+hex.EncodeToString(accept[:]))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if err != nil || !ok {
		kill()
		t.Fatalf("the realm did not start: %q, %v", line, err)
	}
	return kill, url
}

// A realm on disk is killed again and again while wrong PINs are tried side by
// side: what was answered was counted, and never more than the limit.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: killing realms again and again takes its time; leave out -short")
	}
	path := filepath.Join(t.TempDir(), "realm.db")
	store, err := sqlstore.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, store)
	w.register()
	w.stretch(wrongPIN)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	var told, locked atomic.Int64
	for round := 0; locked.Load() == 0; round++ {
		if round == 200 {
			t.Fatal("never locked")
		}
		kill, url := start(t, path, public(w.account))
		send := post(url)
		// Longer and longer: on a slow machine nothing is counted in so short a time.
		wait := time.Duration(random.IntN(15)*(10+round)/10) * time.Millisecond
		done := make(chan struct{})
		go func() {
			defer close(done)
			atOnce(3, func(int) {
				c, err := pinvault.NewRecovery(crand.Reader, w.set, w.session(pinvault.ActionRecover), w.id, w.recovery, w.stretch(wrongPIN))
				if err != nil {
					t.Error(err)
					return
				}
				switch err := pinvault.Run(c, nil, send); {
				case errors.Is(err, pinvault.ErrWrongPIN):
					told.Add(1)
				case errors.Is(err, pinvault.ErrLocked):
					locked.Add(1)
				case !errors.Is(err, pinvault.ErrTooFewRealms):
					t.Error(err)
				}
			})
		}()
		select {
		case <-done:
		case <-time.After(wait):
		}
		kill()
		http.DefaultClient.CloseIdleConnections()
		<-done
	}
	if store, err = sqlstore.Open(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w.stores[0] = store
	w.open(0)
	if counted := w.guesses()[0]; counted != pinvault.MaxInARow || int(told.Load()) > counted {
		t.Errorf("%d guesses were answered, %d counted", told.Load(), counted)
	}
	if _, err := w.recover(rightPIN); !errors.Is(err, pinvault.ErrLocked) {
		t.Errorf("afterwards: %v", err)
	}
}
