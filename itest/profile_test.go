package itest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// called is what a device believes somebody calls himself.
func (d *device) called(handle string) string {
	d.w.tb.Helper()
	p, err := d.Profile(d.w.ctx, handle)
	d.w.must(err)
	return p.Name
}

// TestProfile: what the person sets reaches conversations, newcomers with the next
// message, the own devices and a restore, the last one counts, and neither
// strangers nor the server get any of it.
func TestProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol, mallory := w.register("alice"), w.register("bob"), w.register("carol"), w.register("mallory")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	bobCode, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.say("bob", "hello")
	w.group("club", bob, []string{"alice"}, alice)
	mallory.say("alice", "who are you?")
	alice.hearsOf(mallory.conversation("alice"))

	set := func(name string) {
		t.Helper()
		_, err := alice.SetProfile(w.ctx, client.ProfileChange{Name: &name})
		w.must(err)
		w.pass(time.Second)
	}
	set("Alice Before")
	picture := image.NewRGBA(image.Rect(0, 0, 640, 480))
	picture.SetRGBA(3, 3, color.RGBA{1, 2, 3, 255})
	var file bytes.Buffer
	w.must(png.Encode(&file, picture))
	_, err = alice.SetProfile(w.ctx, client.ProfileChange{Picture: bytes.NewReader(file.Bytes()), Size: int64(file.Len())})
	w.must(err)
	set("Alice of the marshes")
	bob.fresh("alice")
	bob.fresh("#club")
	p, err := bob.Profile(w.ctx, "alice")
	w.must(err)
	if p.Name != "Alice of the marshes" || p.MediaType != "image/jpeg" || len(p.Picture) == 0 {
		t.Errorf("bob sees %q with a picture of %d bytes", p.Name, len(p.Picture))
	}
	for _, with := range []string{"alice", "#club"} {
		found := ""
		for _, x := range bob.conversation(with).Participants {
			if x.Handle == "alice" {
				found = x.Name
			}
		}
		if found != p.Name {
			t.Errorf("in %s she is %q", with, found)
		}
	}
	if s, err := bob.Safety(w.ctx, "alice"); err != nil || s.Name != p.Name {
		t.Errorf("%+v, %v", s, err)
	}
	bob.sees("alice", "alice: hello") // a profile is no message

	// A stranger gets it with the first answer, a newcomer with the next message.
	mallory.fresh("alice")
	if name := mallory.called("alice"); name != "" {
		t.Errorf("a stranger knows %q", name)
	}
	alice.say("mallory", "Alice")
	mallory.fresh("alice")
	if name := mallory.called("alice"); name != p.Name {
		t.Errorf("mallory knows %q", name)
	}
	w.must(bob.GroupAdd(w.ctx, "club", []string{"carol"}))
	alice.fresh("#club")
	alice.say("#club", "welcome")
	carol.sync()
	carol.fresh("#club")
	if name := carol.called("alice"); name != p.Name {
		t.Errorf("carol knows %q", name)
	}

	again, r, err := w.restoreCode("alice", code)
	w.must(err)
	if !r.Intact() {
		t.Errorf("%+v", r)
	}
	bobAgain, r, err := w.restoreCode("bob", bobCode)
	w.must(err)
	if !r.Intact() {
		t.Errorf("%+v", r)
	}
	if again.called("") != p.Name || bobAgain.called("alice") != p.Name {
		t.Errorf("after the restore: %q, %q", again.called(""), bobAgain.called("alice"))
	}
	for what, needle := range map[string][]byte{"name": []byte(p.Name), "picture": p.Picture[:64]} {
		if w.onServer(needle) {
			t.Errorf("the server holds the %s", what)
		}
	}
	_, err = alice.SetProfile(w.ctx, client.ProfileChange{Picture: bytes.NewReader([]byte("text")), Size: 4})
	w.refused(err, fault.KindUsage)
	for _, bad := range []string{"a\nb", string(make([]byte, 65)), "\xff"} {
		_, err = alice.SetProfile(w.ctx, client.ProfileChange{Name: &bad})
		w.refused(err, fault.KindUsage)
	}
	none := ""
	_, err = again.SetProfile(w.ctx, client.ProfileChange{Name: &none, Picture: bytes.NewReader(nil)})
	w.must(err)
	bob.fresh("alice")
	if p, err := bob.Profile(w.ctx, "alice"); err != nil || p.Name != "" || p.Picture != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestPhrase: words in quotes stand side by side.
func TestPhrase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	w.register("bob")
	alice.say("bob", "meet me under the old clock")
	alice.say("bob", "the clock is old, meet me elsewhere")
	for query, want := range map[string]int{`"old clock"`: 1, `old clock`: 2, `"clock old"`: 0, `"meet me" elsewhere`: 1} {
		if found, err := alice.Search(w.ctx, []string{query}, ""); err != nil || len(found) != want {
			t.Errorf("%s: %d found, want %d (%v)", query, len(found), want, err)
		}
	}
}
