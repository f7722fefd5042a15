package disclose_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/server/disclose"
	"github.com/coffer-chat/coffer/server/store"
	"github.com/coffer-chat/coffer/server/store/sqlstore"
)

var update = flag.Bool("update", false, "write the golden files anew")

var asOf = time.Date(2026, 4, 1, 8, 0, 0, 0, time.UTC)

func (f *fixture) disclose(handle string) *disclose.Disclosure {
	f.t.Helper()
	d, err := disclose.Of(f.t.Context(), f.db, handle, asOf, disclose.Place{
		Attachments: &disclose.Attachments{Files: 3, Bytes: 3_145_728}, RealmsInside: []string{"realms/1", "realms/2", "realms/3"},
	})
	f.ok(err)
	return d
}

func encoded(t *testing.T, d *disclosure) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type disclosure = disclose.Disclosure

func page(t *testing.T, d *disclosure) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.WritePage(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; go test ./server/disclose -update writes it anew. Got:\n%s", name, got)
	}
}

func TestGolden(t *testing.T) {
	f := newFixture(t)
	d := f.disclose("alice")
	golden(t, "alice.json", encoded(t, d))
	golden(t, "alice.txt", page(t, d))
	d = f.disclose("dora") // a handle that was reserved, and no more
	golden(t, "reserved.txt", page(t, d))
}

// TestShowsNoSecret looks for everything that must stay unshown, in the forms
// that bytes are printed in.
func TestShowsNoSecret(t *testing.T) {
	f := newFixture(t)
	d := f.disclose("alice")
	out := append(encoded(t, d), page(t, d)...)
	lower := bytes.ToLower(out)
	if len(f.secrets) < 20 {
		t.Fatalf("%d secrets only: does the fixture keep them?", len(f.secrets))
	}
	for i, s := range f.secrets {
		for _, form := range [][]byte{s[:8], []byte(hex.EncodeToString(s[:8])), []byte(strings.ToLower(base32.StdEncoding.EncodeToString(s[:10])))} {
			if bytes.Contains(lower, form) {
				t.Errorf("secret %d is shown", i)
			}
		}
		if bytes.Contains(out, []byte(base64.StdEncoding.EncodeToString(s[:12]))) {
			t.Errorf("secret %d is shown", i)
		}
	}
	for _, name := range []string{"laptop", "phone", "drawer", "read up to 12"} {
		if bytes.Contains(out, []byte(name)) {
			t.Errorf("%q is shown, which is encrypted", name)
		}
	}
}

func TestUnknownHandle(t *testing.T) {
	f := newFixture(t)
	if _, err := disclose.Of(t.Context(), f.db, "nobody", asOf, disclose.Place{}); !errors.Is(err, disclose.ErrUnknownHandle) {
		t.Errorf("got %v", err)
	}
	if _, err := disclose.Of(t.Context(), f.db, "alice", asOf, disclose.Place{MaxItems: 1}); !errors.Is(err, disclose.ErrTooMuch) {
		t.Errorf("more than was to be listed: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := disclose.Of(ctx, f.db, "alice", asOf, disclose.Place{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestClosedStore(t *testing.T) {
	f := newFixture(t)
	f.ok(f.db.Close())
	if _, err := disclose.Of(t.Context(), f.db, "alice", asOf, disclose.Place{}); !errors.Is(err, store.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestBrokenChain: what the store holds of an account must be its own chain.
func TestBrokenChain(t *testing.T) {
	f := newFixture(t)
	f.update(f.alice, func(tx store.AccountTx) error { return tx.AppendChain(99, []byte("no entry"), nil) })
	if _, err := disclose.Of(t.Context(), f.db, "alice", asOf, disclose.Place{}); !errors.Is(err, account.ErrMalformed) && !errors.Is(err, account.ErrVersion) {
		t.Errorf("got %v", err)
	}
}

// TestReadOnlyBesideWriter: a disclosure is the same from a database that is
// opened for reading while another has it open for writing, and changes nothing.
func TestReadOnlyBesideWriter(t *testing.T) {
	f := newFixture(t)
	want := encoded(t, f.disclose("alice"))
	db, err := sqlstore.OpenSQLiteReadOnly(t.Context(), f.path)
	f.ok(err)
	writer := f.db
	f.db = db
	got := encoded(t, f.disclose("alice"))
	f.db = writer
	if !bytes.Equal(got, want) {
		t.Error("differs from what the writer sees")
	}
	if err := db.PutInvite(t.Context(), [32]byte{1}, 1); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("write: %v", err)
	}
	f.ok(db.Close())
	f.update(f.alice, func(tx store.AccountTx) error { return tx.UseNonce([]byte("0123456789abcdef"), 1) })
	if f.disclose("alice").SignIns.Count != 2 {
		t.Error("the writer cannot go on")
	}
}

func TestReadOnlyMakesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "coffer.db")
	if _, err := sqlstore.OpenSQLiteReadOnly(t.Context(), path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 0 {
		t.Errorf("left %v, %v", list, err)
	}
}

// TestEveryTable: whoever adds a table to the server's database says here under
// which section a disclosure shows it.
func TestEveryTable(t *testing.T) {
	f := newFixture(t)
	shown := map[string]string{
		"meta": "nothing of people", "handle": "identity", "invite": "invitations", "account": "identity, password", "chain": "chain",
		"sealed_root": "sealedRoots", "session": "sessions", "nonce": "signIns", "link": "links", "link_box": "links", "pin_record": "pinRecords",
		"cloud_record": "cloudRecords", "push_subscription": "pushSubscriptions", "report": "reports",
		"key_package": "keyPackages", "private_log": "privateLog", "account_conversation": "conversations",
		"account_outbox": "wakeUps", "outbox": "wakeUps", "conversation": "conversations", "entry": "conversations",
		"leaf": "conversations", "group_state": "conversations", "epoch": "conversations", "deposit": "conversations",
		"participant": "conversations", "welcome": "conversations", "welcome_to": "conversations", "released": "conversations",
		"stored": "conversations", "dropped": "conversations", "read_mark": "conversations",
		"closing": "closing", "closed_in": "closing",
		"reset": "resets", "succeeds": "resets", "reset_in": "resets",
	}
	db, err := sql.Open("sqlite", "file:"+f.path)
	f.ok(err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
	f.ok(err)
	defer rows.Close()
	n := 0
	for rows.Next() {
		var name string
		f.ok(rows.Scan(&name))
		n++
		if shown[name] == "" {
			t.Errorf("table %s is in no section of a disclosure", name)
		}
	}
	if f.ok(rows.Err()); n != len(shown) {
		t.Errorf("%d tables, want %d", n, len(shown))
	}
}

// TestSections: each says what it is and what it reveals, counts its list, and
// alice's fixture fills it.
func TestSections(t *testing.T) {
	d := newFixture(t).disclose("alice")
	v := reflect.ValueOf(*d)
	var total int64
	for i := range v.NumField() {
		s := v.Field(i)
		if s.Kind() != reflect.Struct || !s.FieldByName("Reveals").IsValid() {
			continue
		}
		name := v.Type().Field(i).Name
		if s.FieldByName("What").String() == "" || s.FieldByName("Reveals").String() == "" {
			t.Errorf("%s says nothing", name)
		}
		n := int(s.FieldByName("Count").Int())
		if n == 0 && !slices.Contains([]string{"Attachments", "Closing", "Resets"}, name) { // TestClosed, TestResets
			t.Errorf("%s is empty in the fixture", name)
		}
		if list := s.FieldByName("List").Len(); list != n && !slices.Contains([]string{"SignIns", "KeyPackages", "Attachments"}, name) {
			t.Errorf("%s counts %d and lists %d", name, n, list)
		}
		total += s.FieldByName("Bytes").Int()
	}
	if total != d.Bytes {
		t.Errorf("sections have %d bytes, the sum says %d", total, d.Bytes)
	}
}

// TestPageIsPrintable: nothing that somebody's program sent steers a terminal.
func TestPageIsPrintable(t *testing.T) {
	d := newFixture(t).disclose("alice")
	d.PINRecords.List[0].Realms = []string{"https://evil\x1b[2J.example"}
	if out := page(t, d); bytes.ContainsRune(out, '\x1b') || !bytes.Contains(out, []byte("evil?[2J")) {
		t.Error("a control character is on the page")
	}
}

// TestSpecPage holds the page's example to the golden file: every line of it
// stands there.
func TestSpecPage(t *testing.T) {
	spec, err := os.ReadFile(filepath.Join("..", "..", "spec", "disclosure.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "alice.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(spec), "```json\n")
	example, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 {
		t.Fatal("the page has no example")
	}
	for line := range strings.Lines(example) {
		if line = strings.TrimSpace(line); line != "…" && !strings.Contains(string(want), line) {
			t.Errorf("not in the vector: %s", line)
		}
	}
	// Every field of the format is described.
	var fields map[string]any
	if err := json.Unmarshal(want, &fields); err != nil {
		t.Fatal(err)
	}
	for name := range names(fields) {
		if !strings.Contains(string(spec), "`"+name+"`") {
			t.Errorf("the page does not describe %s", name)
		}
	}
}

// names are all field names in a JSON value.
func names(v any) map[string]bool {
	out := map[string]bool{}
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			out[k] = true
			for n := range names(e) {
				out[n] = true
			}
		}
	case []any:
		for _, e := range v {
			for n := range names(e) {
				out[n] = true
			}
		}
	}
	return out
}
