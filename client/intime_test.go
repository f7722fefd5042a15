package client

import (
	"context"
	"testing"

	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestInTime: a message counts only in the epoch that is current at its place in
// the log, or shortly after the one before it ended leniently.
func TestInTime(t *testing.T) {
	c := newConversation(convo.ID{1})
	c.epochs = map[uint64]*epochRow{
		0: {seq: 1}, 1: {seq: 2, atMS: 1_000}, 2: {seq: 10, atMS: 2_000, lenient: true}, 3: {seq: 20, atMS: 3_000}, 4: {seq: 30, atMS: 4_000, lenient: true},
		5: {seq: 31, atMS: 4_001, lenient: true},
	}
	e := &Engine{cfg: Config{Store: mem.New()}}
	for _, x := range []struct {
		name       string
		epoch, seq uint64
		atMS       uint64
		ok         bool
	}{
		{"in its epoch", 1, 3, 1_500, true},
		{"at the end of its epoch", 1, 9, 1_999, true},
		{"before its epoch", 2, 9, 1_999, false},
		{"in the epoch of the creation", 0, 3, 1_500, false},
		{"soon after a lenient commit", 1, 11, 2_500, true},
		{"at the end of the grace", 1, 11, 32_000, true},
		{"after the grace", 1, 11, 32_001, false},
		{"after a commit that removed", 2, 21, 3_001, false},
		{"two commits later", 1, 21, 3_001, false},
		{"two lenient commits later", 3, 32, 4_002, false},
		{"in the newest epoch", 5, 40, 9_000_000, true},
	} {
		_, err := e.inTime(context.Background(), c, &convo.Entry{Seq: x.seq, AcceptedMS: x.atMS}, x.epoch)
		if (err == nil) != x.ok {
			t.Errorf("%s: %v", x.name, err)
		}
		if err != nil && KindOf(err) != KindIntegrity {
			t.Errorf("%s: kind %s", x.name, KindOf(err))
		}
	}
}
