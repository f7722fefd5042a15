package itest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/client"
	"github.com/coffer-chat/coffer/client/fault"
)

// TestStepwise: a history comes back newest first and piece by piece, other calls
// between two pieces show what is there, and in the end it is whole.
func TestStepwise(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	w.register("carol")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	alice.say("carol", "to another")
	const n = 900
	i := 0
	w.must(alice.SendMany(w.ctx, "bob", func() (client.Outgoing, bool) {
		i++
		return client.Outgoing{Text: fmt.Sprintf("line %d", i)}, i <= n
	}, func(_ client.Message, err error) { w.must(err) }))
	bob.sync()

	again := w.device("alice's browser")
	again.stepwise = true
	again.open()
	_, err = again.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code})
	w.must(err)
	shown, err := again.History(w.ctx, "bob", client.Page{Limit: 60, NoSync: true})
	w.must(err)
	if len(shown) != 60 || shown[59].Text != fmt.Sprintf("line %d", n) {
		t.Fatalf("the first screen has %d messages", len(shown))
	}
	early := bob.number("alice", 3)
	w.refused(again.compares("bob", early, client.HistoryMissing).Err(), fault.KindUnreachable)
	_, err = again.HistoryNumber(w.ctx, "bob", 3)
	w.refused(err, fault.KindUnreachable)
	_, err = again.Sync(w.ctx) // leaves the history to Step
	w.must(err)
	steps, before := 0, int64(-1)
	for {
		s, err := again.Step(w.ctx)
		w.must(err)
		if s.Done <= before && s.More || s.Done > s.Total {
			t.Fatalf("step %d: %+v after %d", steps, s, before)
		}
		before = s.Done
		steps++
		if !s.More {
			if s.Done != s.Total {
				t.Errorf("the last step: %+v", s)
			}
			break
		}
	}
	if steps < 3 {
		t.Errorf("all at once, in %d steps", steps)
	}
	again.compares("bob", early, client.HistorySame)
	r, err := again.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", WaitAll: true})
	w.must(err)
	w.intact(r, n+1)
	want := alice.texts("bob")
	if got := again.texts("bob"); !slices.Equal(got, want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
}

// TestStepwisePage: a page that lies below what is here is fetched, and not all
// of what lies below it.
func TestStepwisePage(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	code, _, err := alice.AddCode(w.ctx)
	w.must(err)
	const n = 700
	i := 0
	w.must(alice.SendMany(w.ctx, "bob", func() (client.Outgoing, bool) {
		i++
		return client.Outgoing{Text: fmt.Sprintf("line %d", i)}, i <= n
	}, func(_ client.Message, err error) { w.must(err) }))
	bob.sync()
	again := w.device("alice's browser")
	again.stepwise = true
	again.open()
	_, err = again.Restore(w.ctx, client.RestoreOptions{Server: w.http.URL, Handle: "alice", Code: code})
	w.must(err)
	shown, err := again.History(w.ctx, "bob", client.Page{Limit: 60})
	w.must(err)
	for range 3 {
		if shown, err = again.History(w.ctx, "bob", client.Page{Limit: 60, Before: shown[0].Seq, NoSync: true}); len(shown) != 60 {
			t.Fatalf("%d messages, %v", len(shown), err)
		}
	}
	s, err := again.Step(w.ctx)
	w.must(err)
	if !s.More {
		t.Error("a page fetched everything")
	}
}

// TestSeqAt: a date leads to its first entry.
func TestSeqAt(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.register("alice"), w.register("bob")
	i := 0
	w.must(alice.SendMany(w.ctx, "bob", func() (client.Outgoing, bool) {
		i++
		return client.Outgoing{Text: fmt.Sprintf("line %d", i)}, i <= 300
	}, func(_ client.Message, err error) { w.must(err) }))
	bob.sync()
	list, err := bob.History(w.ctx, "alice", client.Page{})
	w.must(err)
	for _, at := range []int{0, 1, 63, 64, 65, 150, len(list) - 1} {
		m := list[at]
		got, err := bob.SeqAt(w.ctx, "alice", uint64(m.Time.UnixMilli()))
		w.must(err)
		// Several entries may share a millisecond.
		first := slices.IndexFunc(list, func(x client.Message) bool { return x.Time.UnixMilli() >= m.Time.UnixMilli() })
		if got != list[first].Seq {
			t.Errorf("entry %d: seq %d, want %d", at, got, list[first].Seq)
		}
	}
	if got, err := bob.SeqAt(w.ctx, "alice", 0); err != nil || got != 1 {
		t.Errorf("the beginning: %d, %v", got, err)
	}
	if got, err := bob.SeqAt(w.ctx, "alice", uint64(list[len(list)-1].Time.UnixMilli())+1); err != nil || got != 0 {
		t.Errorf("after the end: %d, %v", got, err)
	}
}
