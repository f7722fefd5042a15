package itest

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// mentioned are the handles that the message with a text mentions.
func (d *device) mentioned(with, text string) []string {
	d.w.tb.Helper()
	h, err := d.History(d.w.ctx, with, client.Page{})
	d.w.must(err)
	for _, m := range h {
		if m.Text == text {
			out := []string{}
			for _, x := range m.Mentions {
				out = append(out, x.Handle)
			}
			return out
		}
	}
	d.w.tb.Fatalf("%s does not see %q: %v", d.name, text, d.texts(with))
	return nil
}

// TestMentions: who is in the group and stands behind an @ is mentioned, on every
// device and after a restore; an edit mentions anew; a forward mentions nobody.
func TestMentions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	w.register("dave")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	alice.say("bob", "hello")
	said := alice.say("#club", "@bob and @Carol. Not a@bob.example, @dave, @bobby, /@bob, @bobé: @bob!")
	shown := "@bob and @carol. Not a@bob.example, @dave, @bobby, /@bob, @bobé: @bob!"
	if said.Text != shown {
		t.Errorf("alice sees %q", said.Text)
	}
	plain := alice.say("#club", "nobody")
	edited, err := alice.Edit(w.ctx, plain.ID.String(), "@carol alone")
	w.must(err)
	if edited.Text != "@carol alone" || len(edited.Mentions) != 1 {
		t.Errorf("the edit is %+v", edited)
	}
	if _, err := alice.Edit(w.ctx, plain.ID.String(), "nobody again"); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Forward(w.ctx, said.ID.String(), "bob"); err != nil {
		t.Fatal(err)
	}
	again, _, err := w.restoreCode("bob", code)
	w.must(err)
	for _, d := range []*device{alice, bob, carol, again} {
		if got := d.mentioned("#club", shown); !slices.Equal(got, []string{"bob", "carol"}) {
			t.Errorf("%s: %v", d.name, got)
		}
		if got := d.mentioned("#club", "nobody again"); len(got) != 0 {
			t.Errorf("%s: the last edit mentions %v", d.name, got)
		}
		v, err := d.Versions(w.ctx, plain.ID.String())
		w.must(err)
		if len(v) != 3 || v[0].Text != "nobody" || v[1].Text != "@carol alone" || v[2].Text != "nobody again" || v[1].Time.Before(v[0].Time) {
			t.Errorf("%s: versions %v", d.name, v)
		}
	}
	if got := bob.mentioned("alice", shown); len(got) != 0 {
		t.Errorf("the forward mentions %v", got)
	}
	found, err := bob.Search(w.ctx, []string{"bob", "carol"}, "#club")
	w.must(err)
	if len(found) != 1 || found[0].Text != shown {
		t.Errorf("a search finds %v", found)
	}
	found, err = bob.Search(w.ctx, []string{"mimi"}, "")
	w.must(err)
	if len(found) != 0 {
		t.Errorf("a search finds the link: %v", found)
	}
	w.must(alice.Unsend(w.ctx, plain.ID.String()))
	bob.fresh("#club")
	_, err = bob.Versions(w.ctx, plain.ID.String())
	w.refused(err, fault.KindUsage)
}

// TestMentionLies: whom a message means says its link, not the sender's label.
func TestMentionLies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	link := "(mimi://" + hostOf(w, alice) + "/u/" + carol.account() + ")"
	// A program of one's own may call somebody as it likes. The @ of bob makes it Markdown.
	alice.say("#club", "@bob, [@bob]"+link+" owes me")
	for _, d := range []*device{bob, carol} {
		if got := d.mentioned("#club", "@bob, @carol owes me"); !slices.Equal(got, []string{"bob", "carol"}) {
			t.Errorf("%s: %v", d.name, got)
		}
	}
	// In a plain text it is what it says.
	alice.say("#club", "[@bob]"+link)
	if got := bob.mentioned("#club", "[@bob]"+link); len(got) != 0 {
		t.Errorf("a plain text mentions %v", got)
	}
}

func hostOf(w *world, d *device) string {
	w.tb.Helper()
	id, err := d.Whoami(w.ctx)
	w.must(err)
	return id.Host
}

func (d *device) account() string {
	d.w.tb.Helper()
	id, err := d.Whoami(d.w.ctx)
	d.w.must(err)
	return id.Account
}

// TestMutedMention: a muted conversation is heard where it mentions the person.
func TestMutedMention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	w.group("club", alice, []string{"bob"}, bob)
	alice.say("bob", "hello")
	bob.sync()
	w.must(bob.Mute(w.ctx, "#club", 0))
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	heard := make(chan string, 9)
	ended := make(chan error, 1)
	go func() {
		ended <- bob.Watch(ctx, "", func(m client.Message) error {
			heard <- m.Text
			return nil
		})
	}()
	// Until bob hears anything he may not have begun to watch.
	var got []string
	for len(got) == 0 {
		alice.say("bob", "are you there?")
		select {
		case text := <-heard:
			got = append(got, text)
		case <-time.After(100 * time.Millisecond):
		}
	}
	alice.say("#club", "for everybody")
	alice.say("#club", "for @bob")
	alice.say("bob", "the end")
	for got[len(got)-1] != "the end" {
		got = append(got, <-heard)
	}
	stop()
	w.must(<-ended)
	got = slices.DeleteFunc(got, func(s string) bool { return s == "are you there?" })
	if !slices.Equal(got, []string{"for @bob", "the end"}) {
		t.Errorf("bob hears %v", got)
	}
}

// TestGroupPresent: who may name a group and give it a picture, and that all see it.
func TestGroupPresent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	w.group("club", alice, []string{"bob"}, bob)
	name, empty := "Chess & tea", ""
	_, err := bob.GroupPresent(w.ctx, "club", client.GroupChange{Name: &name})
	w.refused(err, fault.KindUsage)
	_, err = alice.GroupPresent(w.ctx, "club", client.GroupChange{Name: &empty})
	w.refused(err, fault.KindUsage)
	picture := pngOf(t, 64, 48)
	c, err := alice.GroupPresent(w.ctx, "club", client.GroupChange{Name: &name, Picture: picture, Size: picture.Size()})
	w.must(err)
	if c.Name != name || c.Picture == 0 {
		t.Errorf("alice sees %+v", c)
	}
	bob.fresh("#club") // as it was called before
	data, kind, err := bob.GroupPicture(w.ctx, "#"+name)
	w.must(err)
	if kind != "image/jpeg" || len(data) == 0 || bob.conversation("#"+name).Picture == 0 {
		t.Errorf("bob has %d bytes of %s", len(data), kind)
	}
	_, err = alice.GroupPresent(w.ctx, "#"+name, client.GroupChange{Picture: picture})
	w.must(err)
	bob.fresh("#" + name)
	if bob.conversation("#"+name).Picture != 0 {
		t.Error("the picture is still there")
	}
}

// TestDisclosure: the account gets what the server says it holds.
func TestDisclosure(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	b, err := alice.Disclosure(w.ctx)
	w.must(err)
	var got struct {
		Type, Handle, Account string
		Chain                 struct{ Count int }
	}
	w.must(json.Unmarshal(b, &got))
	if got.Type != "disclosure" || got.Handle != "alice" || got.Account != alice.account() || got.Chain.Count == 0 {
		t.Errorf("it says %+v", got)
	}
}
