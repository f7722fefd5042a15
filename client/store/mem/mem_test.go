package mem_test

import (
	"context"
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/mem"
	"github.com/coffer-chat/coffer/client/store/storetest"
)

// disk is a machine whose memory survives.
type disk struct{ last *mem.Store }

func (d *disk) Open() (store.Store, error) {
	d.last = d.last.Survivor()
	return d.last, nil
}

func (d *disk) OpenCrashing(n int, after bool) (store.Store, error) {
	d.last = d.last.Survivor()
	fault := mem.CrashBefore
	if after {
		fault = mem.CrashAfter
	}
	d.last.Inject(mem.CrashAt(n, fault))
	return d.last, nil
}

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Suite{NewDisk: func(testing.TB) storetest.Disk { return &disk{mem.New()} }})
}

func set(t *testing.T, s store.Store, key, value string) error {
	t.Helper()
	var b store.Batch
	b.Set([]byte(key), []byte(value))
	return s.Apply(context.Background(), &b)
}

func TestSnapshotStaysAsItWas(t *testing.T) {
	s := mem.New()
	if err := set(t, s, "k", "old"); err != nil {
		t.Fatal(err)
	}
	snap := s.Snapshot()
	if err := set(t, s, "k", "new"); err != nil {
		t.Fatal(err)
	}
	if err := set(t, snap, "other", "x"); err != nil {
		t.Fatal(err)
	}
	if v, err := snap.Get(context.Background(), []byte("k")); err != nil || string(v) != "old" {
		t.Errorf("snapshot has %q, %v", v, err)
	}
	if ok, err := store.Has(context.Background(), s, []byte("other")); ok || err != nil {
		t.Errorf("the store saw the snapshot's change: %v, %v", ok, err)
	}
}

func TestRefuseChangesNothingAndGoesOn(t *testing.T) {
	s := mem.New()
	s.Inject(mem.CrashAt(1, mem.Refuse))
	for i, want := range []error{nil, store.ErrFull, nil} {
		if err := set(t, s, "k", string(rune('a'+i))); !errors.Is(err, want) {
			t.Errorf("apply %d: %v, want %v", i, err, want)
		}
		if want != nil {
			if v, err := s.Get(context.Background(), []byte("k")); err != nil || string(v) != "a" {
				t.Errorf("after the refusal: %q, %v", v, err)
			}
		}
	}
	if s.Applies() != 3 {
		t.Errorf("counted %d applies", s.Applies())
	}
}
