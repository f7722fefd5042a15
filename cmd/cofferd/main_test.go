package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/rogpeppe/go-internal/testscript"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/api/gen/coffer/v1/cofferv1connect"
	"github.com/coffer-chat/coffer/core/account"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cofferd": func() { os.Exit(realMain()) }})
}

// TestScripts runs the real program as testdata/*.txt say. Beside testscript's
// own commands there are
//
//	start NAME ARGS…       cofferd ARGS… until it says "ready URL"; sets $NAME to the URL
//	end NAME               SIGTERM: it must end with exit 0; its output is in NAME.out and NAME.err
//	get URL [STATUS]       writes the body into the file "body"
//	hold URL               a device waits for news, as who registered last
//	certificate            cert.pem and key.pem, for 127.0.0.1
//	register URL HANDLE [INVITE]    an account with one device, signed in
//	invited URL HANDLE FILE        the same, with the invitation in a file
//	absent FILE DIR        what the file says is in no file below the folder
//	upper FILE             capital letters, and no hyphens
//	documented FILE        docs/operate.md names every metric in the file
//	private DIR            everything below is its owner's only
//	newer FILE             the database says it is of a later version
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start": start, "end": end, "get": get, "register": register, "invited": invited, "private": private,
			"newer": newer, "absent": absent, "upper": upper, "documented": documented,
			"hold": hold, "certificate": certificate,
		},
	})
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: get URL [STATUS]")
	}
	r, err := client(ts).Get(args[0])
	ts.Check(err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("body"), b, 0o600))
	want := "200"
	if len(args) == 2 {
		want = args[1]
	}
	if got := fmt.Sprint(r.StatusCode); got != want {
		ts.Fatalf("%s: status %s, want %s", args[0], got, want)
	}
}

// register makes an account as a client does, and signs in.
func register(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: register URL HANDLE [INVITE]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c := cofferv1connect.NewAccountServiceClient(client(ts), args[0])
	info, err := c.ServerInfo(ctx, connect.NewRequest(&cofferv1.ServerInfoRequest{}))
	ts.Check(err)
	device, err := account.GenerateKeyholder(rand.Reader)
	ts.Check(err)
	host := account.Host(info.Msg.GetHost())
	u, err := account.NewGenesis(rand.Reader, time.Now(), account.Handle(args[1]), host, device, "a device")
	ts.Check(err)
	q := &cofferv1.RegisterRequest{Genesis: u.Entry.Marshal()}
	if len(args) == 3 {
		q.Invite = args[2]
	}
	for _, r := range u.Sealed.Roots {
		q.SealedRoots = append(q.SealedRoots, &cofferv1.SealedRoot{Keyholder: r.Keyholder[:], Sealed: r.Data, VaultEpoch: u.Sealed.Epoch})
	}
	if _, err := c.Register(ctx, connect.NewRequest(q)); (err != nil) != neg {
		ts.Fatalf("register: %v", err)
	}
	if neg {
		return
	}
	nonce := make([]byte, account.MinNonce)
	rand.Read(nonce)
	in, err := device.SignIn(host, u.Chain.ID(), nonce, time.Now())
	ts.Check(err)
	s, err := c.SignIn(ctx, connect.NewRequest(&cofferv1.SignInRequest{SignIn: in}))
	ts.Check(err)
	ts.Setenv("TOKEN", s.Msg.GetToken())
}

// hold returns once the device waits.
func hold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hold URL")
	}
	c := cofferv1connect.NewAccountServiceClient(client(ts), args[0])
	call := func(cursor uint64) (uint64, error) {
		q := connect.NewRequest(&cofferv1.WaitRequest{Cursor: cursor, TimeoutMs: 25_000})
		q.Header().Set("Authorization", "Bearer "+ts.Getenv("TOKEN"))
		r, err := c.Wait(context.Background(), q)
		if err != nil {
			return 0, err
		}
		return r.Msg.GetCursor(), nil
	}
	cursor, err := call(0) // what has happened already is answered at once
	ts.Check(err)
	answered := make(chan error, 1)
	go func() {
		_, err := call(cursor)
		answered <- err
	}()
	select {
	case err := <-answered:
		ts.Fatalf("answered at once: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	ts.Defer(func() { <-answered })
}

func invited(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: invited URL HANDLE FILE")
	}
	register(ts, neg, []string{args[0], args[1], strings.TrimSpace(ts.ReadFile(args[2]))})
}

func upper(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: upper FILE")
	}
	text := strings.ToUpper(strings.ReplaceAll(ts.ReadFile(args[0]), "-", ""))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func absent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: absent FILE DIR")
	}
	text := strings.TrimSpace(ts.ReadFile(args[0]))
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[1]), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(b), text) {
			ts.Fatalf("%s is in %s", args[0], path)
		}
		return err
	}))
	if files == 0 || len(text) < 8 {
		ts.Fatalf("looked for %d bytes in %d files", len(text), files)
	}
}

func private(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: private DIR")
	}
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if got := info.Mode().Perm(); got != want {
			ts.Fatalf("%s has mode %o, want %o", path, got, want)
		}
		return nil
	}))
	if files == 0 {
		ts.Fatalf("there is no file in %s", args[0])
	}
}

func newer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: newer FILE")
	}
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[0])+"?mode=rw")
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec("PRAGMA user_version = 1000")
	ts.Check(err)
}

func documented(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: documented FILE")
	}
	doc, err := os.ReadFile(operatePage)
	ts.Check(err)
	names := regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(ts.ReadFile(args[0]), -1)
	if len(names) == 0 {
		ts.Fatalf("no metric in %s", args[0])
	}
	for _, n := range names {
		if !strings.Contains(string(doc), "`"+n[1]) {
			ts.Fatalf("docs/operate.md does not name %s", n[1])
		}
	}
}

// operatePage is docs/operate.md, seen from this package's folder.
var operatePage = filepath.Join("..", "..", "docs", "operate.md")

// someKey is the text of a public key.
func someKey(letter string) string { return strings.Repeat(letter, 51) + "a" }

// TestRootPage: the page's policy lets its one style through and nothing else,
// and the page needs nothing else.
func TestRootPage(t *testing.T) {
	w := httptest.NewRecorder()
	rootPage(w, httptest.NewRequest(http.MethodGet, "/", nil))
	body, policy := w.Body.String(), w.Header().Get("Content-Security-Policy")
	styles := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(body, -1)
	if len(styles) != 1 {
		t.Fatalf("%d styles, want 1", len(styles))
	}
	sum := sha256.Sum256([]byte(styles[0][1]))
	want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if !strings.Contains(policy, want) {
		t.Errorf("policy %q lacks %s", policy, want)
	}
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
		t.Errorf("policy %q allows too much", policy)
	}
	for _, needs := range []string{"<script", " style=", " src=", "<link", "<form", " onload=", "http:", "https:"} {
		if strings.Contains(body, needs) {
			t.Errorf("the page has %q, which its policy forbids", needs)
		}
	}
	if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
}

// TestOnlyLocal: metrics are not for others.
func TestOnlyLocal(t *testing.T) {
	h := onlyLocal(http.HandlerFunc(healthy))
	for _, c := range []struct {
		remote, forwarded string
		want              int
	}{
		{"127.0.0.1:1234", "", 200},
		{"[::1]:1234", "", 200},
		{"192.0.2.1:1234", "", 404},
		{"127.0.0.1:1234", "192.0.2.1", 404}, // through a proxy on this machine
		{"nonsense", "", 404},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		if r.RemoteAddr = c.remote; c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != c.want {
			t.Errorf("%s (%s): %d, want %d", c.remote, c.forwarded, w.Code, c.want)
		}
	}
}
