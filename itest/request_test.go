package itest

import (
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// request reports whether a conversation is a request to a device, in its list
// and by itself.
func (d *device) request(with string) bool {
	d.w.tb.Helper()
	one := d.conversation(with).Request
	list, err := d.List(d.w.ctx)
	d.w.must(err)
	for _, c := range list {
		if c.Name == with && c.Request != one {
			d.w.tb.Errorf("%s: the list says %v of %s", d.name, c.Request, with)
		}
	}
	return one
}

// handleOf is the handle of a device's account.
func handleOf(d *device) string {
	d.w.tb.Helper()
	who, err := d.Whoami(d.w.ctx)
	d.w.must(err)
	return who.Handle
}

// hearsOf syncs until this device has what another one has in a conversation,
// without naming anybody. The server's lists may lag behind its logs (DESIGN 11).
func (d *device) hearsOf(of client.Conversation) {
	d.w.tb.Helper()
	d.w.eventually("the conversation is here", func() bool {
		d.sync()
		c, err := d.FindConversation(d.w.ctx, of.ID.String())
		return err == nil && c.HeadSeq >= of.HeadSeq
	})
	d.sync()
}

// TestRequests: what a stranger begins is a request, on every device alike, until
// it is answered or accepted; looking at it is neither.
func TestRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol, dave := w.register("alice"), w.register("bob"), w.register("carol"), w.register("dave")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	laptop, _, err := w.restoreCode("alice", code)
	w.must(err)
	bob.say("alice", "you do not know me")
	carol.say("alice", "nor me")
	dave.say("alice", "but you know me")
	link, err := dave.Contact(w.ctx)
	w.must(err)
	_, err = alice.AddContact(w.ctx, link.Link)
	w.must(err)
	for _, d := range []*device{bob, carol, dave} {
		alice.hearsOf(d.conversation("alice"))
	}
	if bob.request("alice") {
		t.Error("what bob has begun is a request to him")
	}
	if s, err := alice.Safety(w.ctx, "bob"); err != nil || !s.Pinned || s.Handle != "bob" {
		t.Errorf("%+v, %v", s, err)
	}
	alice.sees("bob", "bob: you do not know me")
	w.must(alice.MarkRead(w.ctx, "bob", 0))
	w.must(alice.Block(w.ctx, "bob", true))
	w.must(alice.Block(w.ctx, "bob", false))
	alice.sync()
	if !alice.request("bob") || !alice.request("carol") || alice.request("dave") {
		t.Error("bob and carol ask, dave is a contact")
	}
	laptop.sync()
	if !laptop.request("bob") || laptop.request("dave") {
		t.Error("the other device sees it otherwise")
	}

	w.must(alice.Accept(w.ctx, "bob"))
	carolSays := laptop.say("carol", "hello carol") // answers
	if carolSays.Seq == 0 {
		t.Error("the answer is not on the log")
	}
	alice.fresh("carol")
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	laptop.sync()
	for _, d := range []*device{alice, laptop, again} {
		if d.request("bob") || d.request("carol") || d.request("dave") {
			t.Errorf("%s: still a request", d.name)
		}
	}
	w.refused(alice.Accept(w.ctx, "bob"), fault.KindUsage)
	w.refused(alice.Decline(w.ctx, "carol"), fault.KindUsage)
	w.refused(alice.Accept(w.ctx, "erin"), fault.KindUsage)
}

// TestRequestNotHereYet: a request that the server has and this device does not
// yet can be accepted or declined by name, as the person heard of it elsewhere.
func TestRequestNotHereYet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, mallory := w.register("alice"), w.register("bob"), w.register("mallory")
	bob.say("alice", "it is me")
	mallory.say("alice", "insults")
	w.must(alice.Accept(w.ctx, "bob"))
	w.must(alice.Decline(w.ctx, "mallory"))
	alice.sees("bob", "bob: it is me")
	if alice.request("bob") {
		t.Error("bob still asks")
	}
	alice.sees("mallory")
}

// TestDecline: who is declined is neither shown nor told, on every device; to
// accept it after all shows it.
func TestDecline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, mallory := w.register("alice"), w.register("mallory")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	mallory.say("alice", "insults")
	alice.hearsOf(mallory.conversation("alice"))
	before := alice.conversation("mallory").HeadSeq
	w.must(alice.Decline(w.ctx, "mallory"))
	mallory.say("alice", "more insults")
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	alice.fresh("mallory")
	for _, d := range []*device{alice, again} {
		d.sees("mallory")
		if c := d.conversation("mallory"); !c.Request || !c.Blocked || c.Unread != 0 {
			t.Errorf("%s: %+v", d.name, c)
		}
	}
	mallory.sync()
	if c := mallory.conversation("alice"); c.HeadSeq != before+1 {
		t.Errorf("something went back: the log went from %d to %d", before, c.HeadSeq)
	}
	w.must(again.Accept(w.ctx, "mallory"))
	alice.sync()
	for _, d := range []*device{alice, again} {
		d.sees("mallory", "mallory: insults", "mallory: more insults")
		if c := d.conversation("mallory"); c.Request || c.Blocked {
			t.Errorf("%s: %+v", d.name, c)
		}
	}
}
