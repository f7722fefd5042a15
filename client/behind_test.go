package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/core/convo"
)

// lateValue hands over a batch that sets a key.
func lateValue(t *testing.T, e *Engine, k store.Key, v string, finish func(*store.Batch) error) {
	t.Helper()
	b := new(store.Batch)
	b.Set(k.Bytes(), []byte(v))
	if err := e.applyBehind(context.Background(), lateBatch{batch: b, finish: finish}); err != nil {
		t.Fatal(err)
	}
}

// TestLateBatchesInOrder: batches are applied in the order in which they were
// handed over, however long each takes to finish, and what they say is seen at
// once.
func TestLateBatchesInOrder(t *testing.T) {
	ctx := context.Background()
	e, disk := fileDevice(t, newFileServer())
	var told []convo.ID
	e.cfg.Changed = func(id convo.ID) { told = append(told, id) }
	k, gate := store.Table("zz").Uint64(1), make(chan struct{})
	before := disk.Applies()
	e.news[convo.ID{1}] = true
	lateValue(t, e, k, "first", func(b *store.Batch) error {
		<-gate
		b.Set(store.Table("zz").Uint64(2).Bytes(), []byte("finished"))
		return nil
	})
	lateValue(t, e, k, "second", nil)
	if v, err := e.get(ctx, k); err != nil || string(v) != "second" {
		t.Errorf("on its way is %q, %v", v, err)
	}
	if disk.Applies() != before || len(told) != 0 {
		t.Error("a batch overtook the one before")
	}
	close(gate)
	if err := e.settle(); err != nil {
		t.Fatal(err)
	}
	if n := disk.Applies() - before; n != 2 || !slices.Equal(told, []convo.ID{{1}}) {
		t.Errorf("%d batches were applied, %d conversations told of", n, len(told))
	}
	for i, want := range []string{"second", "finished"} {
		if v, err := e.get(ctx, store.Table("zz").Uint64(uint64(i+1))); err != nil || string(v) != want {
			t.Errorf("stored is %q, want %q, %v", v, want, err)
		}
	}
}

// TestLateBatchFails: after a batch that cannot be finished or stored, none that
// follows is stored, and nothing of them is seen.
func TestLateBatchFails(t *testing.T) {
	ctx := context.Background()
	for _, refuse := range []bool{false, true} {
		e, disk := fileDevice(t, newFileServer())
		k := store.Table("zz").Uint64(1)
		lateValue(t, e, k, "good", nil)
		if err := e.settle(); err != nil {
			t.Fatal(err)
		}
		done, gate := false, make(chan struct{})
		if refuse {
			n := disk.Applies()
			disk.Inject(mem.CrashAt(n, mem.Refuse))
		}
		// Gated: a batch that has failed already would be told to who hands over
		// the next.
		lateValue(t, e, k, "bad", func(*store.Batch) error {
			<-gate
			if refuse {
				return nil
			}
			return errors.New("cannot be made")
		})
		lateValue(t, e, k, "after it", nil)
		e.afterwards(func() { done = true })
		close(gate)
		if err := e.settle(); fault.KindOf(err) != fault.KindFailed || e.self != nil || done {
			t.Errorf("refused %v: %v, afterwards %v", refuse, err, done)
		}
		if v, err := e.get(ctx, k); err != nil || string(v) != "good" {
			t.Errorf("refused %v: %q, %v", refuse, v, err)
		}
	}
}

// TestOnTheWay: deletions too are seen before they are stored, and only what
// changes a range is waited for.
func TestOnTheWay(t *testing.T) {
	ctx := context.Background()
	e, _ := fileDevice(t, newFileServer())
	zz := store.Table("zz")
	for i := range uint64(4) {
		lateValue(t, e, zz.Uint64(i), fmt.Sprint(i), nil)
	}
	if err := e.settle(); err != nil {
		t.Fatal(err)
	}
	gate := make(chan struct{})
	b := new(store.Batch)
	b.Delete(zz.Uint64(0).Bytes())
	b.DeleteRange(zz.Uint64(1).Bytes(), zz.Uint64(3).Bytes())
	b.Set(zz.Uint64(2).Bytes(), nil)
	err := e.applyBehind(ctx, lateBatch{batch: b, finish: func(*store.Batch) error { <-gate; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		for i, want := range []string{"nil", "nil", "", "3"} {
			v, err := e.get(ctx, zz.Uint64(uint64(i)))
			got := string(v)
			if v == nil {
				got = "nil"
			}
			if err != nil || got != want {
				t.Errorf("%s: value %d is %q, want %q, %v", when, i, got, want, err)
			}
		}
	}
	check("on the way")
	if err := e.settleIn(store.Table("zy").Range()); err != nil || len(e.writing) != 1 {
		t.Errorf("waited for a batch that changes nothing of the range, %v", err)
	}
	close(gate)
	if err := e.settleIn(zz.Range()); err != nil || len(e.writing) != 0 {
		t.Errorf("%d are on their way, %v", len(e.writing), err)
	}
	check("stored")
}

// TestBehindIsBounded: no more than so many bytes are on their way.
func TestBehindIsBounded(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	big := string(make([]byte, maxBehind/3))
	for i := range uint64(20) {
		lateValue(t, e, store.Table("zz").Uint64(i), big, nil)
		if n := e.behind(); n > maxBehind {
			t.Fatalf("%d bytes are on their way", n)
		}
	}
	if err := e.settle(); err != nil {
		t.Fatal(err)
	}
}
