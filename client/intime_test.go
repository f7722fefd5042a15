package client

import (
	"context"
	"testing"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestInTime: a message counts only in the epoch that is current at its place in
// the log, or shortly after the one before it ended leniently.
func TestInTime(t *testing.T) {
	c := newConversation(convo.ID{1})
	c.epochs = map[epochID]*epochRow{}
	for n, row := range []*epochRow{
		{seq: 1}, {seq: 2, atMS: 1_000}, {seq: 10, atMS: 2_000, lenient: true}, {seq: 20, atMS: 3_000}, {seq: 30, atMS: 4_000, lenient: true},
		{seq: 31, atMS: 4_001, lenient: true},
	} {
		c.epochs[epochID{0, uint64(n)}] = row
	}
	c.st.Generations = []generation{{from: 1}, {from: 100, last: 5}}
	c.epochs[epochID{1, 0}], c.epochs[epochID{1, 1}] = &epochRow{seq: 100}, &epochRow{seq: 101, atMS: 10_000_000}
	e := &Engine{cfg: Config{Store: mem.New()}}
	for _, x := range []struct {
		name       string
		epoch, seq uint64
		atMS       uint64
		ok         bool
		generation uint32
	}{
		{"in its epoch", 1, 3, 1_500, true, 0},
		{"at the end of its epoch", 1, 9, 1_999, true, 0},
		{"before its epoch", 2, 9, 1_999, false, 0},
		{"in the epoch of the creation", 0, 3, 1_500, false, 0},
		{"soon after a lenient commit", 1, 11, 2_500, true, 0},
		{"at the end of the grace", 1, 11, 32_000, true, 0},
		{"after the grace", 1, 11, 32_001, false, 0},
		{"after a commit that removed", 2, 21, 3_001, false, 0},
		{"two commits later", 1, 21, 3_001, false, 0},
		{"two lenient commits later", 3, 32, 4_002, false, 0},
		{"in the newest epoch", 5, 40, 9_000_000, true, 0},
		{"in the epoch of the opening", 0, 101, 10_000_000, false, 1},
		{"in the next generation", 1, 102, 10_000_001, true, 1},
		{"in the generation before", 5, 102, 10_000_001, false, 0},
		{"in a generation to come", 1, 99, 9_000_000, false, 1},
	} {
		_, err := e.inTime(context.Background(), c, &convo.Entry{Seq: x.seq, AcceptedMS: x.atMS}, epochID{x.generation, x.epoch})
		if (err == nil) != x.ok {
			t.Errorf("%s: %v", x.name, err)
		}
		if err != nil && fault.KindOf(err) != fault.KindIntegrity {
			t.Errorf("%s: kind %s", x.name, fault.KindOf(err))
		}
	}
}
