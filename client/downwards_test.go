package client

import (
	"context"
	"testing"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestFoldGoesOn: a fold that follows one whose batch may still be on its way
// sees what that has changed, and writes nothing of it away.
func TestFoldGoesOn(t *testing.T) {
	ctx := context.Background()
	e, _ := fileDevice(t, newFileServer())
	c := newConversation(convo.ID{1})
	c.st.Top, c.st.Bottom = convo.LogHead{Seq: 200}, convo.LogHead{Seq: 201}
	f := e.newFold(c)
	put := func(f *fold, seq uint64) {
		t.Helper()
		if err := f.put(ctx, &record{seq: seq}); err != nil {
			t.Fatal(err)
		}
	}
	for seq := uint64(200); seq >= 130; seq-- {
		put(f, seq)
	}
	if err := f.mark(ctx, &mark{kind: markUnsend, target: 70, seq: 150}); err != nil {
		t.Fatal(err)
	}
	c.st.Bottom.Seq = 130
	late, err := f.close(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	g := f.next()
	if _, ok := g.pages[3]; ok || g.pages[2] == nil || g.pages[2].page[2] == nil {
		t.Error("the fold does not go on with the page that it shares, and with no other")
	}
	if list, err := g.marksOf(ctx, 1); err != nil || len(list) != 1 {
		t.Errorf("%d marks, %v", len(list), err)
	}
	if err := e.applyBehind(ctx, late); err != nil {
		t.Fatal(err)
	}
	for seq := uint64(129); seq > 60; seq-- {
		put(g, seq)
	}
	c.st.Bottom.Seq = 61
	if err := g.finish(ctx); err != nil {
		t.Fatal(err)
	}
	for seq := uint64(61); seq <= 200; seq++ {
		n, at := pageOf(seq)
		p, err := e.loadPage(ctx, c, n)
		if err != nil || p[at] == nil || p[at].seq != seq {
			t.Fatalf("entry %d is not stored, %v", seq, err)
		}
	}
}

// TestApplyBehind: a batch that could not be written is noticed by the next one,
// and what is in memory is forgotten.
func TestApplyBehind(t *testing.T) {
	ctx := context.Background()
	e, disk := fileDevice(t, newFileServer())
	f := e.newFold(newConversation(convo.ID{1}))
	disk.Inject(func(int) mem.Fault { return mem.Refuse })
	if err := e.applyBehind(ctx, lateBatch{batch: f.b}); err != nil {
		t.Fatal(err)
	}
	if err := e.settle(); fault.KindOf(err) != fault.KindFailed || e.stamp != 0 || e.self != nil {
		t.Errorf("%v, stamp %d", err, e.stamp)
	}
	if err := e.settle(); err != nil {
		t.Errorf("told twice: %v", err)
	}
}
