package itest

import "testing"

// TestInviteAfterRemoval: who was removed does not come back by a link that was made
// while they were in the group, although they never used it: a removal must not ask
// for every link to be made anew. One that is made afterwards is for whoever gets it.
func TestInviteAfterRemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.club()
	before := alice.invite("club", 5)
	w.must(alice.GroupRemove(w.ctx, "club", []string{"carol"}))
	carol.asks(before, alice)
	if alice.within("club", "carol") {
		t.Error("a removed member has come back by an older link")
	}
	bob.fresh("#club")
	bob.hearsOf(carol.conversation("bob"))
	if bob.within("club", "carol") {
		t.Error("another admin has let the removed member in")
	}
	if list := alice.links("club"); len(list) != 1 || list[0].Used != 0 {
		t.Errorf("the request was counted: %+v", list)
	}
	carol.asks(alice.invite("club", 1), alice)
	if !alice.within("club", "carol") {
		t.Error("a link that was made afterwards does not let her in")
	}
}
