package itest

import (
	"fmt"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/store/mem"
)

// TestSearchWhileRestoring: what a restore has brought step by step is found at once,
// by the program that brought it and by the next one after a crash; what was unsent
// meanwhile is not.
func TestSearchWhileRestoring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	const n, every = 400, 40
	i := 0
	w.must(alice.SendMany(w.ctx, "bob", func() (client.Outgoing, bool) {
		i++
		return client.Outgoing{Text: fmt.Sprintf("line%d here", i)}, i <= n
	}, func(_ client.Message, err error) { w.must(err) }))
	bob.sync()

	disk := mem.New()
	again := w.deviceOn("alice's browser", disk)
	again.stepwise = true
	again.open()
	_, err = again.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code})
	w.must(err)
	// found counts which of some lines are found; they must be the newest.
	found := func() (count int) {
		t.Helper()
		for line := n; line > 0; line -= every {
			list, err := again.Search(w.ctx, []string{fmt.Sprintf("line%d", line), "here"}, "")
			w.must(err)
			switch {
			case len(list) > 1:
				t.Fatalf("line %d is found %d times", line, len(list))
			case len(list) == 1 && count != (n-line)/every:
				t.Fatalf("line %d is found, and a newer one is not", line)
			}
			count += len(list)
		}
		return count
	}
	before := found()
	if before == 0 || before == n/every {
		t.Fatal("of a first screen nothing is found, or everything")
	}
	for step := 0; ; step++ {
		s, err := again.Step(w.ctx)
		w.must(err)
		if step == 0 {
			// Of what this step has brought nothing was searched for yet.
			again = w.deviceOn("alice's browser", disk.Survivor())
			again.stepwise = true
			again.open()
		}
		now := found()
		if now < before || now == before && s.More {
			t.Fatalf("step %d: %d are found, %d before", step, now, before)
		}
		before = now
		if !s.More {
			break
		}
		_, err = again.Sync(w.ctx)
		w.must(err)
	}
	if before != n/every {
		t.Errorf("%d are found in the end, want %d", before, n/every)
	}
	shown, err := alice.History(w.ctx, "bob", client.Page{Limit: 1})
	w.must(err)
	w.must(alice.Unsend(w.ctx, shown[len(shown)-1].ID.String()))
	if shown, err = again.History(w.ctx, "bob", client.Page{Limit: 1}); err != nil || !shown[0].Unsent {
		t.Fatalf("the unsend did not come: %+v, %v", shown, err)
	}
	list, err := again.Search(w.ctx, []string{fmt.Sprintf("line%d", n)}, "")
	w.must(err)
	if len(list) != 0 {
		t.Error("an unsent message is found")
	}
}
