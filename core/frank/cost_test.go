package frank

import (
	"strings"
	"testing"
)

// TestOpenCost: what holding a message's content against its tag allocates: a history is
// opened with it message by message.
func TestOpenCost(t *testing.T) {
	m := message(t, strings.Repeat("words ", 33))
	tag := NewTag(m)
	allocs := testing.AllocsPerRun(20, func() {
		if _, _, err := tag.Open(m.Bytes(), alice, room); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 24 {
		t.Errorf("%g allocations", allocs)
	}
}
