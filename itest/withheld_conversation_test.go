package itest

import (
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
)

// TestWithheldConversation: a conversation that a device of the account has
// checkpointed cannot be kept from a device that restores; one that only the
// list lacks is asked for by name.
func TestWithheldConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	alice.chat("bob", 80)
	carol.chat("bob", 80)
	_, r, err := w.restoreCode("bob", code) // and so there is a checkpoint
	w.must(err)
	w.intact(r, 160)

	l := w.liar()
	shorten := func(_ *pb.ListConversationsRequest, a *pb.ListConversationsResponse) {
		a.Conversations = a.Conversations[:1]
	}
	spoil(l, "ListConversations", shorten)
	_, r, err = w.restoreCode("bob", code)
	w.must(err)
	w.intact(r, 160)

	spoil(l, "GetConversation", func(_ *pb.GetConversationRequest, a *pb.GetConversationResponse) {
		proto.Reset(a)
	})
	_, r, err = w.restoreCode("bob", code)
	w.must(err)
	if r.Intact() || r.Messages != 80 || r.Expected != 160 || len(r.Gaps) != 1 {
		t.Errorf("restored %d of %d, gaps %v; want 80 of 160 and one gap", r.Messages, r.Expected, r.Gaps)
	}
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
}
