package itest

import (
	"testing"

	pb "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
	"google.golang.org/protobuf/proto"
)

// TestHostileLeaveAgain: carol left and was added again. A server that posts her
// old leave entry once more, relinked and signed, puts nobody out.
func TestHostileLeaveAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob, carol := w.register("alice"), w.register("bob"), w.register("carol")
	code, _, err := bob.AddCode(w.ctx)
	w.must(err)
	w.group("club", alice, []string{"bob", "carol"}, bob, carol)
	w.must(carol.GroupLeave(w.ctx, "club"))
	bob.sync()
	bob.say("#club", "she left")
	w.must(alice.GroupAdd(w.ctx, "club", []string{"carol"}))
	bob.say("#club", "welcome back")

	l := w.liar()
	l.watchLog(w, code, "bob")
	l.rewritten(func(_ convo.ID, log []*pb.LogEntry) []*pb.LogEntry {
		for _, x := range log {
			if x.Kind == pb.EntryKind_ENTRY_KIND_LEAVE {
				return append(log, proto.CloneOf(x))
			}
		}
		return log
	})
	_, _, err = w.restoreCode("bob", code)
	w.refused(err, fault.KindIntegrity)
	if l.honest() == 0 {
		t.Fatal("the liar was not asked")
	}
	if _, _, err := w.restoreCode("bob", code); err != nil {
		t.Errorf("from an honest server: %v", err)
	}
}
