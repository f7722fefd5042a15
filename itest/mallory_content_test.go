package itest

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/frank"
	"github.com/coffer-chat/coffer/core/padding"
	"github.com/coffer-chat/coffer/mls"
)

// envelope is a message of mallory's before it is sealed: what the server sees of
// it, and what it says inside.
type envelope struct {
	header  convo.Header
	content content.Header
	build   func(h content.Header) (*content.Message, error)
	tag     *frank.Tag // nil: the right one
}

// seal makes a message; change alters it before anything is signed.
func (m *mallory) seal(change func(*envelope)) []byte {
	w := m.w
	w.tb.Helper()
	x := &envelope{build: func(h content.Header) (*content.Message, error) {
		return content.NewMessage(h, content.Text{Text: "forged"})
	}}
	var err error
	x.content.Salt, err = content.NewSalt(rand.Reader)
	w.must(err)
	x.content.Sender, err = content.UserURI("coffer.example", m.chain.ID().String())
	w.must(err)
	x.content.Room, err = content.RoomURI("coffer.example", m.id.String())
	w.must(err)
	x.header = convo.Header{Purpose: convo.PurposeMessage, Log: m.head, Chain: m.chain.Head(), Idempotency: [16]byte(random(16))}
	change(x)
	msg, err := x.build(x.content)
	w.must(err)
	x.header.FrankingTag = frank.NewTag(msg)
	if x.tag != nil {
		x.header.FrankingTag = *x.tag
	}
	sealed, err := m.group.Seal(rand.Reader, mls.SealOptions{AAD: x.header.Append(nil), Padding: padding.Size}, msg.Bytes())
	w.must(err)
	return sealed
}

// post posts what seal made, and says whether the server took it.
func (m *mallory) post(sealed []byte) error {
	r, err := m.convos.PostMessage(m.w.ctx, &wire.PostMessageRequest{Conversation: m.id[:], Generation: m.pos.Generation, Message: sealed})
	if err == nil {
		m.head = convo.LogHead{Seq: r.Head.Seq, Link: [32]byte(r.Head.Link)}
	}
	return err
}

// TestForgedContent: a member with a program of its own says what it likes in its
// messages. Whether the server can see that something is wrong or not, nothing of
// it changes what others wrote, is shown under another's name, or breaks anything
// for those who read, live and at restore.
func TestForgedContent(t *testing.T) {
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
	bob.meets(room)
	carol.meets(room)
	his := bob.say(room, "as bob wrote it")
	m.readUp()
	w.must(bob.React(w.ctx, his.ID.String(), "👍", false))
	m.readUp()
	m.say("of mallory")
	own := m.head.Seq
	bobURI, err := content.UserURI("coffer.example", his.Sender.String())
	w.must(err)
	otherRoom, err := content.RoomURI("coffer.example", strings.Repeat("a", len(room)))
	w.must(err)
	edit := func(h content.Header) (*content.Message, error) {
		return content.NewEdit(h, his.ID, content.Text{Text: "forged"})
	}
	unsend := func(h content.Header) (*content.Message, error) { return content.NewUnsend(h, his.ID) }
	soon := func() uint64 { return uint64(w.now().Add(time.Minute).Unix()) }

	const refused, unreadable, ignored = "refused by the server", "shown as unreadable", "without effect"
	for name, x := range map[string]struct {
		want   string
		change func(*envelope)
	}{
		"an edit of another's message": {refused, func(x *envelope) {
			x.header.Purpose, x.header.Target, x.build = convo.PurposeEdit, his.Seq, edit
		}},
		"an unsend of another's message": {refused, func(x *envelope) {
			x.header.Purpose, x.header.Target, x.build = convo.PurposeUnsend, his.Seq, unsend
		}},
		"an edit that names an own message outside, another's inside": {ignored, func(x *envelope) {
			x.header.Purpose, x.header.Target, x.build = convo.PurposeEdit, own, edit
		}},
		"an edit that says outside that it is a message":   {unreadable, func(x *envelope) { x.build = edit }},
		"an unsend that says outside that it is a message": {unreadable, func(x *envelope) { x.build = unsend }},
		"a message that says outside that it is an edit": {ignored, func(x *envelope) {
			x.header.Purpose, x.header.Target = convo.PurposeEdit, own
		}},
		"another's reaction taken back": {ignored, func(x *envelope) {
			x.build = func(h content.Header) (*content.Message, error) { return content.NewUnreaction(h, his.ID, his.ID) }
		}},
		"another sender inside":       {unreadable, func(x *envelope) { x.content.Sender = bobURI }},
		"another conversation inside": {unreadable, func(x *envelope) { x.content.Room = otherRoom }},
		"a tag of another content":    {unreadable, func(x *envelope) { x.tag = &frank.Tag{1} }},
		"erased soon, says only the outside": {unreadable, func(x *envelope) {
			x.header.EraseAfterMS = soon() * 1000
		}},
		"erased soon, says only the inside": {unreadable, func(x *envelope) {
			x.content.Expires = content.Expiration{Seconds: uint32(soon())}
		}},
		"a head that is not on the log": {refused, func(x *envelope) { x.header.Log.Link[0] ^= 1 }},
		"a head after itself":           {refused, func(x *envelope) { x.header.Log.Seq += 5 }},
		"a chain head that nobody has":  {refused, func(x *envelope) { x.header.Chain.Seq += 3 }},
		"another's chain head":          {refused, func(x *envelope) { x.header.Chain.Hash[0] ^= 1 }},
	} {
		before := m.head
		err := m.post(m.seal(x.change))
		if (err != nil) != (x.want == refused) {
			t.Errorf("%s: %v, want it %s", name, err, x.want)
		}
		if err != nil {
			continue
		}
		for _, d := range []*device{bob, carol} {
			d.sync()
			h, err := d.History(w.ctx, room, client.Page{})
			w.must(err)
			shown := false
			for _, r := range h {
				if r.Text == "forged" {
					t.Errorf("%s: %s is shown it, from %s", name, d.name, r.SenderHandle)
				}
				shown = shown || r.Seq == before.Seq+1 && r.Unreadable
			}
			if shown != (x.want == unreadable) {
				t.Errorf("%s: shown to %s as unreadable: %v, want it %s", name, d.name, shown, x.want)
			}
		}
	}
	again := m.seal(func(x *envelope) {
		x.build = func(h content.Header) (*content.Message, error) {
			return content.NewMessage(h, content.Text{Text: "said once"})
		}
	})
	for range 3 {
		_ = m.post(again) // the server answers with the first, or refuses
	}

	// An unsend that names an own message outside, for the server to erase, and
	// another's inside.
	m.say("withdrawn")
	erased := m.head.Seq
	w.must(m.post(m.seal(func(x *envelope) {
		x.header.Purpose, x.header.Target, x.build = convo.PurposeUnsend, erased, unsend
	})))

	w.pass(5 * time.Minute) // what was to be erased soon is
	carol.sync()
	carol.say(room, "and on")
	fresh, r, err := w.restoreCode("bob", code)
	w.must(err)
	if len(r.Gaps) > 0 {
		t.Errorf("gaps: %v", r.Gaps)
	}
	for _, d := range []*device{bob, carol, fresh} {
		d.sync()
		var lines []string
		reactions := 0
		h, err := d.History(w.ctx, room, client.Page{})
		w.must(err)
		for _, x := range h {
			if x.Event == "" && !x.Unreadable && !x.Unsent {
				lines = append(lines, x.SenderHandle+": "+x.Text)
			}
			reactions += len(x.Reactions)
		}
		want := "bob: as bob wrote it; mallory: of mallory; mallory: said once; carol: and on"
		if got := strings.Join(lines, "; "); got != want || reactions != 1 {
			t.Errorf("%s sees %q and %d reactions, want %q", d.name, got, reactions, want)
		}
	}
}
