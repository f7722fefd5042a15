package itest

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// TestBadDeposit: a device that has nothing but its vault, and finds a deposit in
// it that does not open, opens the next generation when it has to send.
func TestBadDeposit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.sync()
	m := w.mallory()
	m.begin(hybrid, bob)
	room := m.id.String()
	bob.meets(room)
	bob.say(room, "before")
	m.readUp()
	m.brick(wrongDeposits)
	fresh, _, err := w.restoreCode("bob", code)
	w.must(err)
	fresh.say(room, "after")
	fresh.sees(room, "bob: before", "bob: after")
	if got := fresh.reopenings(room); len(got) != 1 || got[0] != "bob reopened a deposit did not open" {
		t.Errorf("told: %q", got)
	}
	bob.sync()
	bob.sees(room, "bob: before", "bob: after")
	bob.say(room, "both of us")
	fresh.sync()
	fresh.sees(room, "bob: before", "bob: after", "bob: both of us")
}

// TestGapIsFilled: a device that met a wrong deposit has a gap until somebody
// files the right one, and fills it then, with no restore.
func TestGapIsFilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, carol := w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.sync()
	carol.sync()
	m := w.mallory()
	m.begin(hybrid, bob, carol)
	room := m.id.String()
	carol.meets(room)
	reader, _, err := w.restoreCode("bob", code) // reads by its vault only
	w.must(err)
	m.brick(wrongDeposits)
	m.say("in the gap")
	reader.sync()
	for _, line := range reader.texts(room) {
		if strings.Contains(line, "in the gap") {
			t.Fatal("the deposit was to be wrong")
		}
	}
	carol.sync()
	carol.say(room, "after the repair")
	reader.sync()
	reader.sees(room, "mallory: in the gap", "carol: after the repair")
	if got := reader.reopenings(room); len(got) != 0 {
		t.Errorf("told: %q", got)
	}
	again, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 2)
	again.sees(room, "mallory: in the gap", "carol: after the repair")
}

// TestBothReopen: of several devices that open the next generation at the same
// time the first does, and nobody's message is lost.
func TestBothReopen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := []*device{w.register("bob"), w.register("carol"), w.register("dora")}
	for _, d := range people {
		d.sync()
	}
	m := w.mallory()
	m.begin(hybrid, people...)
	room := m.id.String()
	for _, d := range people {
		d.meets(room)
	}
	m.brick(wrongTag)
	for _, d := range people {
		_, _ = d.History(w.ctx, room, client.Page{}) // takes the commit
	}
	var wg sync.WaitGroup
	errs := make([]error, len(people))
	for i, d := range people {
		wg.Go(func() { _, errs[i] = d.Send(w.ctx, room, client.Outgoing{Text: "from " + d.name}) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", people[i].name, err)
		}
	}
	var first []string
	for i, d := range people {
		d.sync()
		lines := slices.Sorted(slices.Values(d.texts(room)))
		if i == 0 {
			first = lines
		}
		if len(lines) != len(people) || !slices.Equal(lines, first) {
			t.Errorf("%s sees %q", d.name, lines)
		}
		if got := d.reopenings(room); len(got) != 1 {
			t.Errorf("%s is told: %q", d.name, got)
		}
	}
}

// TestAnotherSuite: a conversation in a cipher suite that a quantum computer will
// open moves to the hybrid one with its next renewal.
func TestAnotherSuite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	bob.sync()
	m := w.mallory()
	m.begin(mls.MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, bob)
	room := m.id.String()
	bob.meets(room)
	m.say("in the old suite")
	bob.say(room, "still in the old suite")
	bob.now = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) }
	bob.say(room, "in the new one")
	want := []string{"mallory: in the old suite", "bob: still in the old suite", "bob: in the new one"}
	bob.sees(room, want...)
	if got := bob.reopenings(room); len(got) != 1 || got[0] != "bob reopened it moves to a newer cipher suite" {
		t.Errorf("told: %q", got)
	}
	bob.now = nil
	fresh, r, err := w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 3)
	fresh.sees(room, want...)
	fresh.say(room, "restored")
	bob.sync()
	bob.sees(room, append(want, "bob: restored")...)
}

// TestOpenGenerationRefused: the server refuses a generation that does not
// follow, and one by who is not in the conversation.
func TestOpenGenerationRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.register("bob")
	bob.sync()
	m := w.mallory()
	m.begin(hybrid, bob)
	me := m.chain.ID()
	for name, spoil := range map[string]func(s *convo.State, o *convo.Opening){
		"another list":       func(s *convo.State, _ *convo.Opening) { s.Participants = s.Participants.Without(m.other()) },
		"another generation": func(s *convo.State, _ *convo.Opening) { s.Facts.Generation++ },
		"an older epoch":     func(_ *convo.State, o *convo.Opening) { o.Epoch-- },
		"a later head":       func(_ *convo.State, o *convo.Opening) { o.Log.Seq++ },
		"another log":        func(_ *convo.State, o *convo.Opening) { o.Log.Link[0] ^= 1 },
		"a suite as before":  func(_ *convo.State, o *convo.Opening) { o.Reason = convo.ReasonSuite },
		"a role of its own": func(s *convo.State, _ *convo.Opening) {
			s.Participants = s.Participants.With(me, convo.Member)
		},
	} {
		group := m.group
		if err := m.open(convo.ReasonCommit, spoil); err == nil {
			t.Errorf("%s: accepted", name)
		}
		m.group = group
	}
	bob.sync()
	if got := bob.reopenings(m.id.String()); len(got) != 0 {
		t.Errorf("told: %q", got)
	}
	if err := m.open(convo.ReasonCommit, nil); err != nil {
		t.Errorf("the right one: %v", err)
	}
	bob.say(m.id.String(), "i am in again")
}

// other is an account that is not mallory's.
func (m *mallory) other() account.ID {
	for id := range m.people {
		if id != m.chain.ID() {
			return id
		}
	}
	return account.ID{}
}

// TestHostileGeneration: a server that makes up a generation is found out, live
// and at restore.
func TestHostileGeneration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	bob.sync()
	m := w.mallory()
	m.begin(hybrid, bob)
	l := w.liar()
	l.watchLog(w, code, "bob")
	top := proto.CloneOf(l.top())
	for name, x := range map[string]*pb.LogEntry{
		"the creation again": {Body: l.seen[1].Body, Account: l.seen[1].Account, Device: l.seen[1].Device},
		"noise":              {Body: []byte{0, 1, 0, 4, 1}, Account: top.Account, Device: top.Device},
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
				forged := proto.CloneOf(x)
				forged.Kind, forged.AcceptedMs = pb.EntryKind_ENTRY_KIND_GENERATION, top.AcceptedMs
				return append(log, forged)
			})
			_, live := bob.History(w.ctx, "alice", client.Page{})
			_, _, restored := w.restoreCode("bob", code)
			if l.honest() == 0 {
				t.Fatal("the liar was not asked")
			}
			w.misbehaved(live, fault.PromiseProved)
			w.misbehaved(restored, fault.PromiseProved)
		})
	}
	alice.say("bob", "all is well")
	bob.sync()
	bob.sees("alice", "alice: hello", "alice: all is well")
}
