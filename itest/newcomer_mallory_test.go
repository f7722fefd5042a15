package itest

import (
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// opens is what opens the epoch in which mallory is.
func (m *mallory) opens() convo.GivenEpoch {
	m.w.tb.Helper()
	s, err := convo.SecretsOf(m.group, m.pos.Record)
	m.w.must(err)
	return convo.GivenEpoch{Generation: m.pos.Generation, Epoch: m.pos.Epoch, EncryptionSecret: s.EncryptionSecret, SenderDataSecret: s.SenderDataSecret}
}

// sets says how the group is to be.
func (m *mallory) sets(info content.Info) {
	m.w.tb.Helper()
	m.w.must(m.post(m.seal(func(x *envelope) {
		x.header.Purpose = convo.PurposeInfo
		x.build = func(h content.Header) (*content.Message, error) { return content.NewInfo(h, info) }
	})))
}

// hands gives newcomers what it likes.
func (m *mallory) hands(list ...convo.GivenEpoch) {
	m.w.tb.Helper()
	m.w.must(m.post(m.seal(func(x *envelope) {
		x.build = func(h content.Header) (*content.Message, error) {
			return content.NewHistory(h, convo.EncodeGiven(list))
		}
	})))
}

// adds adds an account.
func (m *mallory) adds(d *device) {
	w := m.w
	w.tb.Helper()
	id := m.knows(d)
	r, err := m.accounts.ClaimKeyPackages(w.ctx, &wire.ClaimKeyPackagesRequest{Account: id[:], Suite: uint32(hybrid)})
	w.must(err)
	var add []*mls.KeyPackage
	for _, k := range r.KeyPackages {
		kp, err := mls.ParseKeyPackage(k.KeyPackage)
		w.must(err)
		add = append(add, kp)
	}
	m.recast(m.pos.State.Participants.With(id, convo.Member), add...)
}

// TestNewcomerHostileGiver: an owner who gives what is older than the group wanted,
// or wrong secrets, or leaves epochs out, makes nobody see what was not written, and
// is not hidden: what cannot be read is shown as unreadable, by whom it was posted
// and given. Who gives it right afterwards puts it right.
func TestNewcomerHostileGiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, dave := w.register("bob"), w.register("dave")
	bob.sync()
	dave.sync()
	m := w.mallory()
	m.begin(hybrid, bob)
	room := m.id.String()
	bob.meets(room)
	bob.say(room, "zero")
	m.readUp()
	zero := m.opens()
	m.sets(content.Info{Name: "club", HistorySince: content.HistoryFromHere})
	on := m.head.Seq
	m.brick() // a commit like any other
	bob.fresh(room)
	bob.say(room, "one")
	m.readUp()
	one := m.opens()
	m.brick()
	bob.fresh(room)
	bob.say(room, "two")
	m.readUp()
	two := m.opens()
	m.brick()
	bob.fresh(room)
	bob.say(room, "three")
	m.readUp()
	m.adds(dave)
	m.sets(content.Info{Name: "club", HistorySince: on})
	m.sets(content.Info{Name: "club", HistorySince: 2}) // reaches no further back
	wrong := one
	wrong.EncryptionSecret = random(len(one.EncryptionSecret))
	m.hands(zero, wrong, two)
	lines := func() (out []string) {
		h, err := dave.History(w.ctx, room, client.Page{})
		w.must(err)
		for _, x := range h {
			switch {
			case x.Unreadable:
				out = append(out, x.SenderHandle+" ? "+x.GivenBy)
			case x.Event == "":
				out = append(out, x.SenderHandle+" "+x.Text+" "+x.GivenBy)
			}
		}
		return out
	}
	dave.waitsFor(room, "bob: two")
	want := []string{"bob ? mallory", "bob two mallory", "bob ? mallory"}
	if got := lines(); !slices.Equal(got, want) {
		t.Errorf("dave sees %q, want %q", got, want)
	}
	m.hands(one)
	dave.waitsFor(room, "bob: one")
	want[0] = "bob one mallory"
	if got := lines(); !slices.Equal(got, want) {
		t.Errorf("then dave sees %q, want %q", got, want)
	}
}

// TestNewcomerAgainstSetting: what an owner gives of a group that does not want it,
// or a member of one that does, is not shown as the group's history.
func TestNewcomerAgainstSetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, dave := w.register("bob"), w.register("dave")
	bob.sync()
	dave.sync()
	m := w.mallory()
	for what, on := range map[string]bool{"not wanted": false, "given by a member": true} {
		m.gives = convo.Owner
		m.begin(hybrid, bob)
		room := m.id.String()
		bob.meets(room)
		info := content.Info{Name: what}
		if on {
			info.HistorySince = content.HistoryFromHere
		}
		m.sets(info)
		m.brick()
		bob.fresh(room)
		bob.say(room, "one")
		m.readUp()
		one := m.opens()
		m.adds(dave)
		m.sets(info)
		if on {
			m.stepDown()
		}
		m.hands(one)
		m.say("hello")
		dave.waitsFor(room, "mallory: hello")
		dave.sync()
		if got := dave.texts(room); !slices.Equal(got, []string{"mallory: hello"}) {
			t.Errorf("%s: dave sees %q", what, got)
		}
		delete(m.people, m.knows(dave))
	}
}
