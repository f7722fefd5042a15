package itest

import (
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestLastOwnerCloses: who closes the account hands groups over of which it is the
// last owner, to an admin where there is one.
func TestLastOwnerCloses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	_, err := alice.GroupCreate(w.ctx, "garden", []string{"bob", "carol"})
	w.must(err)
	w.must(alice.GroupRole(w.ctx, "garden", "carol", convo.Admin))
	bob.sync()
	carol.sync()
	_, err = alice.CloseAccount(w.ctx)
	w.must(err)
	_, err = bob.Send(w.ctx, "#garden", client.Outgoing{Text: "who is it now?"})
	w.must(err)
	carol.sync()
	for _, d := range []*device{bob, carol} {
		info, err := d.GroupInfo(w.ctx, "garden")
		w.must(err)
		roles := map[string]convo.Role{}
		for _, p := range info.Participants {
			roles[p.Handle] = p.Role
		}
		if len(roles) != 2 || roles["carol"] != convo.Owner || roles["bob"] != convo.Member {
			t.Errorf("participants %v", roles)
		}
	}
	w.must(carol.GroupRemove(w.ctx, "garden", []string{"bob"}))
}
