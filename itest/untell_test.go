package itest

import (
	"testing"
	"time"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/server"
)

// TestUntellLimited: marks that the server would not take back at once, because it
// was too much, are taken back later.
func TestUntellLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	heard := w.overhear()
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	w.must(bob.SetPrivacy(w.ctx, client.Privacy{ReadMarks: true}))
	for name, d := range map[string]*device{"alice": alice, "carol": carol} {
		bob.say(name, "hello")
		d.say("bob", "one")
		bob.fresh(name)
		w.must(bob.MarkRead(w.ctx, name, 0))
		w.pass(time.Minute)
		bob.sync()
	}
	kept := func() (n int) {
		for _, m := range heard.all() {
			if len(m.Message) > 48 && w.onServer(m.Message[len(m.Message)-48:]) {
				n++
			}
		}
		return n
	}
	if n := kept(); n != 2 {
		t.Fatalf("the server keeps %d marks", n)
	}
	w.limits.Ephemeral = server.Rule{Burst: 1, Every: time.Hour}
	w.restart()
	w.must(bob.SetPrivacy(w.ctx, client.Privacy{}))
	w.pass(2 * time.Hour)
	bob.sync()
	w.eventually("both marks are gone from the server", func() bool { return kept() == 0 })
}
