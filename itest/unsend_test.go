package itest

import "testing"

// TestUnsendAfterEdit: the server erases a message and its edits; a restore
// finds both excused and shows neither.
func TestUnsendAfterEdit(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	m := bob.say("alice", "the first version")
	_, err = bob.Edit(w.ctx, m.ID.String(), "the second version")
	w.must(err)
	w.must(bob.Unsend(w.ctx, m.ID.String()))
	bob.say("alice", "never mind")
	alice.sync()
	alice.sees("bob", "bob: (unsent)", "bob: never mind")
	again, report, err := w.restoreCode("alice", code)
	w.must(err)
	w.intact(report, 1)
	again.sees("bob", "bob: (unsent)", "bob: never mind")
}
