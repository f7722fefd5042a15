package itest

import "testing"

// TestContactPinsAreRestored: a handle that was looked up stays pinned on a new
// device, even without a conversation.
func TestContactPinsAreRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.register("alice")
	w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	first, err := alice.Safety(w.ctx, "bob")
	w.must(err)
	if first.Pinned {
		t.Error("bob was pinned before the first look")
	}
	again, _, err := w.restoreCode("alice", code)
	w.must(err)
	s, err := again.Safety(w.ctx, "bob")
	w.must(err)
	if !s.Pinned || s.Account != first.Account {
		t.Errorf("on a new device: pinned %v to %s, want the account that was pinned", s.Pinned, s.Account)
	}
}
