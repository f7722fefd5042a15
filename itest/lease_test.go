package itest

import (
	"fmt"
	"sync"
	"testing"
)

// TestManyCommitters: of many members who change a group at the same time, each
// gets its turn.
func TestManyCommitters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 8
	var people []*device
	var handles, newcomers []string
	for i := range n {
		d := w.register(fmt.Sprint("member", i))
		d.sync()
		people, handles = append(people, d), append(handles, fmt.Sprint("member", i))
		w.register(fmt.Sprint("newcomer", i)).sync()
		newcomers = append(newcomers, fmt.Sprint("newcomer", i))
	}
	w.group("crowd", people[0], handles[1:], people[1:]...)
	for _, d := range people {
		d.meets("#crowd")
	}
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i, d := range people {
		wg.Go(func() { errs[i] = d.GroupAdd(w.ctx, "crowd", newcomers[i:i+1]) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("%s: %v", people[i].name, err)
		}
	}
	for _, d := range people {
		d.sync()
		g, err := d.GroupInfo(w.ctx, "crowd")
		w.must(err)
		if len(g.Participants) != 2*n {
			t.Errorf("%s counts %d participants", d.name, len(g.Participants))
		}
	}
}
