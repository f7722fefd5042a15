package itest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// blobGate stands before the server: it notes which blobs are asked for, may alter
// what comes, and may call stop after a number of answers.
type blobGate struct {
	mu     sync.Mutex
	asked  []string // paths, one after the other, without repetitions in a row
	bytes  int
	alter  string // the path of a blob that is altered
	after  int    // answers until stop is called
	stop   func()
	answer int
}

// altered changes the first byte of an answer.
type altered struct {
	http.ResponseWriter
	done bool
}

func (a *altered) Write(p []byte) (int, error) {
	if !a.done && len(p) > 0 {
		a.done = true
		p = bytes.Clone(p)
		p[0] ^= 1
	}
	return a.ResponseWriter.Write(p)
}

type counted struct {
	http.ResponseWriter
	n int
}

func (c *counted) Write(p []byte) (int, error) {
	c.n += len(p)
	return c.ResponseWriter.Write(p)
}

func (w *world) gate() *blobGate {
	g := &blobGate{}
	w.wrap = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/blob/") {
				next.ServeHTTP(rw, r)
				return
			}
			c := &counted{ResponseWriter: rw}
			var out http.ResponseWriter = c
			g.mu.Lock()
			if r.URL.Path == g.alter {
				out = &altered{ResponseWriter: c}
			}
			if n := len(g.asked); n == 0 || g.asked[n-1] != r.URL.Path {
				g.asked = append(g.asked, r.URL.Path)
			}
			g.mu.Unlock()
			next.ServeHTTP(out, r)
			g.mu.Lock()
			defer g.mu.Unlock()
			g.bytes += c.n
			if g.answer++; g.stop != nil && g.answer == g.after {
				g.stop()
			}
		})
	}
	w.restart()
	return g
}

// forget begins counting anew.
func (g *blobGate) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked, g.bytes, g.answer, g.stop, g.alter = nil, 0, 0, nil, ""
}

func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b) // never fails
	return b
}

// kept is how much a device keeps of attachments.
func (d *device) kept() int64 {
	d.w.tb.Helper()
	s, err := d.Storage(d.w.ctx)
	d.w.must(err)
	return s.Attachments
}

// TestAttachmentCopies: a restored device gets what is not too large, the newest
// first, and opens it while the server is away; what was cut short is gone on from.
func TestAttachmentCopies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.gate()
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.say("alice", "send me all of them")
	sizes := []int{0, 1, 64 << 10, 64<<10 + 1, 8 * (64<<10 + 16), 3 << 20, 1_300_000}
	var sent []client.Message
	for i, n := range sizes {
		sent = append(sent, alice.attach("bob", fmt.Sprintf("%d.bin", i), noise(n, byte(i)), false))
	}
	laptop, _, err := w.restoreCode("bob", code)
	w.must(err)
	g.forget()
	const limit = 2 << 20
	ctx, cancel := context.WithCancel(w.ctx)
	g.stop, g.after = cancel, 3 // the newest file's trailer and two of its parts
	f, err := laptop.FetchAttachments(ctx, limit)
	if err == nil || f.Files != 0 {
		t.Fatalf("cut short: %+v, %v", f, err)
	}
	before := g.bytes
	g.forget()
	if f, err = laptop.FetchAttachments(w.ctx, limit); err != nil {
		t.Fatal(err)
	}
	if f.Files != len(sizes)-1 || f.Large != 1 || f.Here != 0 || f.Gone != 0 {
		t.Errorf("fetched %+v", f)
	}
	if len(g.asked) != len(sizes)-1 {
		t.Errorf("asked for %d files one after the other", len(g.asked))
	}
	total := int64(0)
	for i, n := range sizes {
		if i != 5 {
			total += int64(n)
		}
	}
	if f.Bytes != total {
		t.Errorf("%d bytes of %d", f.Bytes, total)
	}
	first := g.asked[0]
	if again, all := g.bytes, int(laptop.kept()); before == 0 || again > all-512<<10 {
		t.Errorf("%d bytes before, then %d; %d in all: it began anew", before, again, all)
	}
	g.forget()
	if f, err := laptop.FetchAttachments(w.ctx, limit); err != nil || f.Files != 0 || f.Here != len(sizes)-1 || g.bytes != 0 {
		t.Errorf("again: %+v, %v, %d bytes", f, err, g.bytes)
	}
	w.stop()
	for i, n := range sizes {
		var got bytes.Buffer
		_, err := laptop.SaveAttachment(w.ctx, sent[i].ID.String(), 0, &got)
		if i == 5 {
			w.refused(err, fault.KindUnreachable)
		} else if err != nil || !bytes.Equal(got.Bytes(), noise(n, byte(i))) {
			t.Errorf("file %d of %d bytes without the server: %v", i, n, err)
		}
	}
	w.start()
	// What is deleted goes from here, too; what is freed comes again.
	all := laptop.kept()
	w.must(alice.Unsend(w.ctx, sent[6].ID.String()))
	laptop.fresh("alice")
	if now := laptop.kept(); now > all-1_300_000 {
		t.Errorf("%d of %d are kept after the unsend", now, all)
	}
	w.must(laptop.DeleteForMe(w.ctx, sent[4].ID.String()))
	if now := laptop.kept(); now > all-1_800_000 {
		t.Errorf("%d of %d are kept after the deletion", now, all)
	}
	freed, err := laptop.FreeStorage(w.ctx, "")
	if err != nil || freed == 0 || laptop.kept() != 0 {
		t.Errorf("freed %d, %v", freed, err)
	}
	g.forget()
	if f, err := laptop.FetchAttachments(w.ctx, limit); err != nil || f.Files != len(sizes)-3 {
		t.Errorf("after freeing: %+v, %v", f, err)
	}
	if len(g.asked) == 0 || g.asked[0] == first {
		t.Error("what was unsent was asked for")
	}
}

// TestAlteredCopies: a server that alters a file is told, the others come, and
// nothing of the altered one is kept. What strangers send is not fetched.
func TestAlteredCopies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := w.gate()
	alice, bob, stranger := w.register("alice"), w.register("bob"), w.register("stranger")
	bob.say("alice", "send me both")
	alice.attach("bob", "one.bin", noise(1000, 1), false)
	bob.fresh("alice")
	_, err := bob.FetchAttachments(w.ctx, client.DefaultCopyLimit)
	w.must(err)
	path := g.asked[0]
	_, err = bob.FreeStorage(w.ctx, "alice")
	w.must(err)
	alice.attach("bob", "two.bin", noise(1000, 2), false)
	m := stranger.attach("bob", "unasked.bin", noise(1000, 3), false)
	bob.hearsOf(stranger.conversation("bob"))
	bob.fresh("alice")
	g.forget()
	g.alter = path
	f, err := bob.FetchAttachments(w.ctx, client.DefaultCopyLimit)
	w.refused(err, fault.KindIntegrity)
	if f.Files != 1 || len(g.asked) != 2 {
		t.Errorf("%+v, of %d that were asked for; %s was not to be", f, len(g.asked), m.ID)
	}
}

// TestStorage: what is said to take room does.
func TestStorage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	before, err := alice.Storage(w.ctx)
	w.must(err)
	for i := range 20 {
		alice.say("bob", strings.Repeat("x", 100*(i+1)))
	}
	bob.say("alice", "y")
	alice.attach("bob", "file.bin", noise(100_000, 1), false)
	alice.fresh("bob")
	s, err := alice.Storage(w.ctx)
	w.must(err)
	if len(s.Conversations) != 1 || s.Server == nil || s.Conversations[0].Name != "bob" {
		t.Fatalf("%+v", s)
	}
	c := s.Conversations[0]
	if c.Messages < 19_000 || c.Messages != s.Messages || c.Keys == 0 || c.Attachments != 0 || s.Index == 0 || s.Total() <= before.Total() {
		t.Errorf("here: %+v, before %+v", s, before)
	}
	if c.Own < 19_000 || c.Log <= c.Own || c.Deposits == 0 || s.Server.Own != c.Own || s.Server.Uploads < 100_000 || s.Server.PrivateLog == 0 || s.Server.Chain == 0 || s.Server.MaxFile < 100<<20 {
		t.Errorf("at the server: %+v, %+v", *s.Server, c)
	}
	w.stop()
	away, err := alice.Storage(w.ctx)
	w.start()
	if err != nil || away.Server != nil || away.Messages != s.Messages {
		t.Errorf("without the server: %+v, %v", away, err)
	}
}
