package server_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/server"
	"github.com/coffer-chat/coffer/server/blob/fs"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

// crashFolder, where it is set, makes the test binary a server on that folder,
// which runs until it is killed.
const crashFolder = "COFFER_TEST_CRASH_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashFolder); dir != "" {
		if err := serveUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func serveUntilKilled(dir string) error {
	ctx := context.Background()
	db, err := sqlstore.OpenSQLite(ctx, filepath.Join(dir, "coffer.db"))
	if err != nil {
		return err
	}
	blobs, err := fs.Open(filepath.Join(dir, "blobs"))
	if err != nil {
		return err
	}
	s, err := server.New(ctx, server.Config{Store: db, Blobs: blobs, Host: testHost, Registration: server.RegistrationOpen})
	if err != nil {
		return err
	}
	h := httptest.NewServer(s.Handler())
	fmt.Println(h.URL)
	return s.Run(ctx)
}

// child starts a server on a folder. kill ends it like a power cut.
func child(t *testing.T, dir string) (url string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashFolder+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal("the server did not start")
	}
	return strings.TrimSpace(line), kill
}

// TestKill kills the server again and again while two people post. Whatever was
// acknowledged is there once; what was not is posted again and is there once too.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	w := &world{TB: t, clock: &clock{now: time.Now()}, http: &http.Client{Transport: &http.Transport{}}}
	var kill func()
	w.url, kill = child(t, dir)
	info := call(w, w.client("").ServerInfo, &cofferv1.ServerInfoRequest{})
	w.key = info.GetServerKey()
	alice, bob := w.register("alice"), w.register("bob")
	a := alice.first.createDirect(bob)
	b := bob.first.open(a.id)

	const rounds = 8
	acknowledged := map[string]uint64{} // link of an entry → its seq
	posted := 0
	pending := map[*talk]*cofferv1.PostMessageRequest{}
	for round := range rounds {
		end := time.After(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		var mu sync.Mutex
		var posting sync.WaitGroup
		for _, x := range []*talk{a, b} {
			c := w.client(x.token)
			posting.Go(func() {
				for {
					mu.Lock()
					m := pending[x]
					if m == nil {
						m = x.seal(x.header(), fmt.Sprintf("round %d", round))
						pending[x] = m
						posted++
					}
					mu.Unlock()
					r, err := c.convos.PostMessage(t.Context(), req(m))
					if err != nil {
						return // killed
					}
					mu.Lock()
					acknowledged[string(r.Msg.GetEntry().GetLink())] = r.Msg.GetEntry().GetSeq()
					delete(pending, x)
					mu.Unlock()
				}
			})
		}
		<-end
		kill()
		posting.Wait()
		w.url, kill = child(t, dir)
		a.client, b.client = w.client(a.token), w.client(b.token)
	}
	for x, m := range pending {
		r := call(w, x.convos.PostMessage, m)
		acknowledged[string(r.GetEntry().GetLink())] = r.GetEntry().GetSeq()
	}
	log := a.log() // verifies every link and the head's signature
	if len(log) != 2+posted {
		t.Errorf("%d messages posted, the log has %d entries", posted, len(log))
	}
	for _, e := range log[2:] {
		if seq, ok := acknowledged[string(e.GetLink())]; ok && seq != e.GetSeq() {
			t.Errorf("entry %d was acknowledged as %d", e.GetSeq(), seq)
		}
		delete(acknowledged, string(e.GetLink()))
	}
	if len(acknowledged) != 0 {
		t.Errorf("%d acknowledged entries are gone", len(acknowledged))
	}
	if posted < rounds {
		t.Errorf("only %d messages in %d rounds", posted, rounds)
	}
	t.Logf("%d messages over %d kills", posted, rounds)
	// The index, which is written afterwards, has caught up.
	waitFor(t, func() bool {
		r := call(w, b.convos.ListConversations, &cofferv1.ListConversationsRequest{})
		wait := call(w, b.client.Wait, &cofferv1.WaitRequest{})
		return len(r.GetConversations()) == 1 && r.GetConversations()[0].GetHead().GetSeq() == uint64(len(log)) && wait.GetCursor() > 1
	})
}
