package itest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	transporthttp "github.com/coffer-chat/coffer/client/transport/http"
	"github.com/coffer-chat/coffer/core/convo"
)

// whispers is what came to the server to be said beside the log.
type whispers struct {
	mu   sync.Mutex
	sent []wire.SendEphemeralRequest
}

// overhear stands before the server and keeps what is said beside the log.
func (w *world) overhear() *whispers {
	w.tb.Helper()
	h := &whispers{}
	w.wrap = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/SendEphemeral") {
				b, err := io.ReadAll(r.Body)
				if err == nil {
					if req, err := wire.ParseSendEphemeralRequest(b); err == nil {
						h.mu.Lock()
						h.sent = append(h.sent, *req)
						h.mu.Unlock()
					}
				}
				r.Body = io.NopCloser(bytes.NewReader(b))
			}
			next.ServeHTTP(rw, r)
		})
	}
	w.restart()
	return h
}

func (h *whispers) all() []wire.SendEphemeralRequest {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.sent)
}

// readBy lists who has read the newest message of a conversation, as a device says.
func (d *device) readBy(with string) string {
	d.w.tb.Helper()
	list, err := d.History(d.w.ctx, with, client.Page{})
	d.w.must(err)
	return strings.Join(list[len(list)-1].ReadBy, " ")
}

// whisper hands the server a message as a device's account.
func (d *device) whisper(id convo.ID, message []byte, keep bool) {
	d.w.tb.Helper()
	call, err := transporthttp.New(d.w.http.URL, transporthttp.Options{Token: func() string { return d.token() }})
	d.w.must(err)
	_, err = wire.EphemeralClient{Doer: call}.SendEphemeral(d.w.ctx, &wire.SendEphemeralRequest{Conversation: id[:], Message: message, Keep: keep})
	d.w.must(err)
}

// TestReadMarksOfOthers: nobody is told before both let it; then one device of two
// that was offline sees it too, and one that is restored; who switches it off takes
// it back and sees nothing.
func TestReadMarksOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	heard := w.overhear()
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "one")
	bob.say("alice", "two")
	laptop, _, err := w.restoreCode("alice", code)
	w.must(err)
	alice.say("bob", "three")
	bob.fresh("alice")
	w.must(bob.MarkRead(w.ctx, "alice", 0))
	if n := len(heard.all()); n != 0 {
		t.Fatalf("%d messages before anybody allowed it", n)
	}
	on := client.Privacy{ReadMarks: true, Typing: true}
	w.must(bob.SetPrivacy(w.ctx, on))
	alice.say("bob", "four")
	for range 5 { // one mark, not one for each
		bob.texts("alice")
		w.must(bob.MarkRead(w.ctx, "alice", 0))
		alice.say("bob", "more")
	}
	bob.fresh("alice")
	w.must(bob.MarkRead(w.ctx, "alice", 0))
	w.pass(time.Minute)
	bob.sync()
	if n := len(heard.all()); n == 0 || n > 2 {
		t.Errorf("%d messages for 6 marks within ten seconds", n)
	}
	alice.sync()
	if got := alice.readBy("bob"); got != "" {
		t.Errorf("alice, who shows nothing, sees that %q has read", got)
	}
	w.must(alice.SetPrivacy(w.ctx, on))
	alice.sync()
	if got := alice.readBy("bob"); got != "bob" {
		t.Errorf("read by %q", got)
	}
	if c := alice.conversation("bob"); len(c.ReadBy) != 1 || c.ReadBy[0].Handle != "bob" || c.ReadBy[0].Seq != c.HeadSeq {
		t.Errorf("%+v of %d", c.ReadBy, c.HeadSeq)
	}
	last := alice.say("bob", "not read yet")
	if got := alice.readBy("bob"); got != "" {
		t.Errorf("%d was read by %q", last.Seq, got)
	}
	// The laptop was offline all along; a tablet comes from the recovery code.
	laptop.sync()
	tablet, _, err := w.restoreCode("alice", code)
	w.must(err)
	tablet.sync()
	for _, d := range []*device{laptop, tablet} {
		if c := d.conversation("bob"); len(c.ReadBy) != 1 || c.ReadBy[0].Seq != last.Seq-1 {
			t.Errorf("%s: %+v, the newest is %d", d.name, c.ReadBy, last.Seq)
		}
	}
	kept := heard.all()
	mark := kept[len(kept)-1].Message
	if !w.onServer(mark[len(mark)-48:]) {
		t.Error("the server does not keep the newest mark")
	}
	w.must(bob.SetPrivacy(w.ctx, client.Privacy{Typing: true}))
	bob.fresh("alice")
	w.must(bob.MarkRead(w.ctx, "alice", 0))
	w.pass(time.Minute)
	bob.sync()
	w.eventually("the mark is gone from the server", func() bool { return !w.onServer(mark[len(mark)-48:]) })
	alice.sync()
	if got := alice.readBy("bob"); got != "" {
		t.Errorf("read by %q after bob switched it off", got)
	}
	if got := bob.conversation("alice").ReadBy; len(got) != 0 {
		t.Errorf("bob, who shows nothing, sees %+v", got)
	}
}

// TestForgedReadMark: a mark that another account hands in, of an earlier time or
// under its own name, moves nothing; nor does one into a request.
func TestForgedReadMark(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	heard := w.overhear()
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	on := client.Privacy{ReadMarks: true, Typing: true}
	for _, d := range []*device{alice, bob, mallory} {
		w.must(d.SetPrivacy(w.ctx, on))
	}
	_, err := alice.GroupCreate(w.ctx, "tea", []string{"bob", "mallory"})
	w.must(err)
	alice.say("#tea", "one")
	bob.fresh("#tea")
	w.must(bob.MarkRead(w.ctx, "#tea", 0))
	early := heard.all()[0]
	alice.say("#tea", "two")
	bob.fresh("#tea")
	w.pass(time.Minute)
	w.must(bob.MarkRead(w.ctx, "#tea", 0))
	alice.sync()
	if got := alice.readBy("#tea"); got != "bob" {
		t.Fatalf("read by %q", got)
	}
	id := alice.conversation("#tea").ID
	mallory.fresh("#tea")
	mallory.whisper(id, early.Message, true) // bob's older mark under mallory's name
	alice.sync()
	if c := alice.conversation("#tea"); len(c.ReadBy) != 1 || c.ReadBy[0].Handle != "bob" || c.ReadBy[0].Seq != c.HeadSeq {
		t.Errorf("after a replay: %+v of %d", c.ReadBy, c.HeadSeq)
	}
	altered := bytes.Clone(early.Message)
	altered[len(altered)-1] ^= 1
	mallory.whisper(id, altered, true)
	alice.sync()
	if got := alice.readBy("#tea"); got != "bob" {
		t.Errorf("after an altered one: read by %q", got)
	}
	before := len(heard.all())
	stranger := w.register("stranger")
	stranger.say("alice", "you do not know me")
	alice.hearsOf(stranger.conversation("alice"))
	if !alice.request("stranger") {
		t.Error("it is no request")
	}
	w.must(alice.MarkRead(w.ctx, "stranger", 0))
	w.pass(time.Minute)
	alice.sync()
	w.must(alice.Typing(w.ctx, "stranger"))
	if n := len(heard.all()); n != before {
		t.Errorf("a stranger was told: %d messages", n-before)
	}
}

// TestTyping: who watches hears it once, from bob, whoever repeats it; nothing of it
// is on the server's disk or in its log.
func TestTyping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	heard := w.overhear()
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	type event struct{ handle, conversation string }
	var mu sync.Mutex
	var events []event
	all := func() []event {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(events)
	}
	count := func() int { return len(all()) }
	alice.typing = func(e client.Typing) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, event{e.Handle, e.Conversation.String()})
	}
	alice.open()
	_, err := alice.GroupCreate(w.ctx, "tea", []string{"bob", "mallory"})
	w.must(err)
	alice.say("#tea", "one")
	bob.fresh("#tea")
	mallory.fresh("#tea")
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error)
	said := make(chan string, 16)
	go func() {
		ended <- alice.Watch(ctx, "", func(m client.Message) error { said <- m.Text; return nil })
	}()
	defer func() { cancel(); <-ended }()

	w.must(bob.Typing(w.ctx, "#tea"))
	w.must(bob.Typing(w.ctx, "#tea")) // at each key
	sent := heard.all()
	if len(sent) != 1 || sent[0].Keep {
		t.Fatalf("%d messages for two keys", len(sent))
	}
	w.eventually("alice hears it", func() bool { return count() > 0 })
	id := alice.conversation("#tea").ID
	if got := all(); got[0] != (event{"bob", id.String()}) {
		t.Errorf("heard %v", got)
	}
	first := sent[0].Message
	if w.onServer(first[len(first)-48:]) || strings.Contains(w.log.String(), id.String()) {
		t.Error("the server has kept that somebody was typing")
	}
	// The server, or another member, repeats it, and alters it: a message that comes
	// after them says that they were looked at.
	bob.whisper(id, first, false)
	mallory.whisper(id, first, false)
	altered := bytes.Clone(first)
	altered[len(altered)-1] ^= 1
	mallory.whisper(id, altered, false)
	w.pass(5 * time.Second)
	w.must(bob.Typing(w.ctx, "#tea"))
	w.eventually("alice hears the second", func() bool { return count() > 1 })
	w.pass(time.Hour) // what was held back comes late
	late := heard.all()[len(heard.all())-1].Message
	bob.whisper(id, late, false)
	w.must(mallory.Typing(w.ctx, "#tea"))
	w.eventually("alice hears mallory", func() bool { return count() > 2 })
	if want := []event{{"bob", id.String()}, {"bob", id.String()}, {"mallory", id.String()}}; !slices.Equal(all(), want) {
		t.Errorf("heard %v", all())
	}
	// Who has switched it off says nothing, and hears nothing.
	w.must(bob.SetPrivacy(w.ctx, client.Privacy{}))
	w.pass(time.Minute)
	before := len(heard.all())
	w.must(bob.Typing(w.ctx, "#tea"))
	if len(heard.all()) != before {
		t.Error("bob has switched it off, and it was said")
	}
	w.must(alice.SetPrivacy(w.ctx, client.Privacy{}))
	w.must(mallory.Typing(w.ctx, "#tea"))
	mallory.say("#tea", "said")
	w.eventually("the message comes", func() bool { return len(said) > 0 })
	if count() != 3 {
		t.Errorf("alice has switched it off, and heard %v", all()[3:])
	}
}
