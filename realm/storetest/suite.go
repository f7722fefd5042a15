// Package storetest holds the contract of realm.Store as tests. An implementation
// calls Run; a test of what uses a store wraps it in Faulty to crash it.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coffer-chat/coffer/realm"
)

// Run tests a store. open returns an empty one for each test.
func Run(t *testing.T, open func(t *testing.T) realm.Store) {
	for name, test := range map[string]func(*testing.T, realm.Store){
		"Missing":    missing,
		"Swap":       swap,
		"Deleted":    deleted,
		"Log":        logs,
		"Due":        due,
		"Parallel":   parallel,
		"Cancelled":  cancelled,
		"Sizes":      sizes,
		"RandomRuns": randomRuns,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func key(n byte) realm.Key { return realm.Key{n} }

func put(t *testing.T, s realm.Store, c realm.Change) realm.Row {
	t.Helper()
	if err := s.Apply(context.Background(), c); err != nil {
		t.Fatalf("apply: %v", err)
	}
	r, err := s.Get(context.Background(), c.Key)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return r
}

func missing(t *testing.T, s realm.Store) {
	ctx := context.Background()
	if _, err := s.Get(ctx, key(1)); !errors.Is(err, realm.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if log, err := s.Log(ctx, key(1), 0, 10); err != nil || len(log) != 0 {
		t.Errorf("log: %d, %v", len(log), err)
	}
	if keys, err := s.Due(ctx, time.Now(), 10); err != nil || len(keys) != 0 {
		t.Errorf("due: %d, %v", len(keys), err)
	}
	if err := s.Apply(ctx, realm.Change{Key: key(1), Version: 1, Value: []byte("x")}); !errors.Is(err, realm.ErrConflict) {
		t.Errorf("swap of a missing row: %v", err)
	}
}

func swap(t *testing.T, s realm.Store) {
	ctx := context.Background()
	r := put(t, s, realm.Change{Key: key(1), Value: []byte("a")})
	if r.Version == 0 || string(r.Value) != "a" {
		t.Errorf("got version %d, %q", r.Version, r.Value)
	}
	for _, v := range []uint64{0, r.Version + 1, r.Version - 1} {
		if err := s.Apply(ctx, realm.Change{Key: key(1), Version: v, Value: []byte("b")}); !errors.Is(err, realm.ErrConflict) {
			t.Errorf("swap at version %d of %d: %v", v, r.Version, err)
		}
	}
	next := put(t, s, realm.Change{Key: key(1), Version: r.Version, Value: []byte{}})
	if next.Version == r.Version || next.Value == nil || len(next.Value) != 0 {
		t.Errorf("after swap: version %d, %v", next.Version, next.Value)
	}
}

func deleted(t *testing.T, s realm.Store) {
	ctx := context.Background()
	r := put(t, s, realm.Change{Key: key(1), Value: []byte("a"), Log: [][]byte{{1}}, LogSeq: 1, Due: time.Unix(5, 0)})
	if err := s.Apply(ctx, realm.Change{Key: key(1), Version: r.Version, Erases: true}); err != nil {
		t.Fatal(err)
	}
	missing(t, s)
	again := put(t, s, realm.Change{Key: key(1), Value: []byte("a")})
	if again.Version == r.Version {
		t.Error("a version came back after a deletion")
	}
	if err := s.Apply(ctx, realm.Change{Key: key(1), Version: r.Version}); !errors.Is(err, realm.ErrConflict) {
		t.Errorf("deletion at an old version: %v", err)
	}
}

func logs(t *testing.T, s realm.Store) {
	ctx := context.Background()
	var r realm.Row
	for i := byte(1); i <= 5; i++ {
		r = put(t, s, realm.Change{Key: key(1), Version: r.Version, Value: []byte("v"),
			Log: [][]byte{{2*i - 1}, {2 * i}}, LogSeq: 2 * uint64(i), LogKept: 7})
	}
	put(t, s, realm.Change{Key: key(2), Value: []byte("v"), Log: [][]byte{{99}}, LogSeq: 1})
	for _, c := range []struct {
		from  uint64
		limit int
		want  []byte
	}{
		{0, 100, []byte{4, 5, 6, 7, 8, 9, 10}},
		{5, 100, []byte{5, 6, 7, 8, 9, 10}},
		{5, 2, []byte{5, 6}},
		{10, 5, []byte{10}},
		{11, 5, nil},
		{1<<64 - 1, 5, nil},
	} {
		log, err := s.Log(ctx, key(1), c.from, c.limit)
		if got := bytes.Join(log, nil); err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("log from %d, limit %d: %v, %v; want %v", c.from, c.limit, got, err, c.want)
		}
	}
	// A change that does not happen appends nothing.
	if err := s.Apply(ctx, realm.Change{Key: key(2), Version: 12345, Value: []byte("v"), Log: [][]byte{{1}}, LogSeq: 2}); !errors.Is(err, realm.ErrConflict) {
		t.Fatal(err)
	}
	if log, _ := s.Log(ctx, key(2), 0, 10); len(log) != 1 {
		t.Errorf("log has %d entries after a conflict, want 1", len(log))
	}
}

func due(t *testing.T, s realm.Store) {
	ctx := context.Background()
	now := time.UnixMilli(1_700_000_000_000)
	early := put(t, s, realm.Change{Key: key(1), Value: []byte("v"), Due: now.Add(-time.Millisecond)})
	put(t, s, realm.Change{Key: key(2), Value: []byte("v"), Due: now})
	put(t, s, realm.Change{Key: key(3), Value: []byte("v"), Due: now.Add(time.Millisecond)})
	put(t, s, realm.Change{Key: key(4), Value: []byte("v")})
	names := func(limit int) map[realm.Key]bool {
		keys, err := s.Due(ctx, now, limit)
		if err != nil {
			t.Fatal(err)
		}
		out := map[realm.Key]bool{}
		for _, k := range keys {
			out[k] = true
		}
		return out
	}
	if got := names(10); len(got) != 2 || !got[key(1)] || !got[key(2)] {
		t.Errorf("due: %v", got)
	}
	if got := names(1); len(got) != 1 {
		t.Errorf("due with limit 1: %v", got)
	}
	put(t, s, realm.Change{Key: key(1), Version: early.Version, Value: []byte("v")})
	if got := names(10); len(got) != 1 || !got[key(2)] {
		t.Errorf("due after one was settled: %v", got)
	}
}

func parallel(t *testing.T, s realm.Store) {
	ctx := context.Background()
	put(t, s, realm.Change{Key: key(1), Value: []byte{0}})
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				r, err := s.Get(ctx, key(1))
				if err != nil {
					t.Error(err)
					return
				}
				err = s.Apply(ctx, realm.Change{Key: key(1), Version: r.Version, Value: []byte{r.Value[0] + 1}})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, realm.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	r, err := s.Get(ctx, key(1))
	if err != nil || int64(r.Value[0]) != won.Load() || won.Load() == 0 {
		t.Errorf("%d swaps succeeded and the value is %v (%v)", won.Load(), r.Value, err)
	}
}

func cancelled(t *testing.T, s realm.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Apply(ctx, realm.Change{Key: key(1), Value: []byte("v")}); err == nil {
		t.Error("a change was made under a cancelled context")
	}
	if _, err := s.Get(context.Background(), key(1)); !errors.Is(err, realm.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
}

func sizes(t *testing.T, s realm.Store) {
	for _, n := range []int{0, 1, 4096, realm.MaxValue} {
		value := bytes.Repeat([]byte{7}, n)
		if r := put(t, s, realm.Change{Key: key(byte(n)), Value: value, Version: version(s, key(byte(n)))}); !bytes.Equal(r.Value, value) {
			t.Errorf("a value of %d bytes came back with %d", n, len(r.Value))
		}
	}
}

func version(s realm.Store, k realm.Key) uint64 {
	r, _ := s.Get(context.Background(), k)
	return r.Version
}
