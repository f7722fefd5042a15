package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
)

// model is a store in its simplest form.
type model map[int]string

// change makes a random change to batch and model alike.
func (m model) change(r *rand.Rand, b *store.Batch) {
	n := r.IntN(200)
	switch r.IntN(10) {
	case 0, 1:
		b.Delete(key(n))
		delete(m, n)
	case 2:
		to := n + r.IntN(12)
		b.DeleteRange(key(n), key(to))
		maps.DeleteFunc(m, func(k int, _ string) bool { return n <= k && k < to })
	default:
		v := make([]byte, r.IntN(40))
		if r.IntN(20) == 0 {
			v = make([]byte, r.IntN(20_000))
		}
		for i := range v {
			v[i] = byte(r.Uint32())
		}
		b.Set(key(n), v)
		m[n] = string(v)
	}
}

// batch fills a batch with changes made to m too.
func (m model) batch(r *rand.Rand) *store.Batch {
	b := new(store.Batch)
	for range 1 + r.IntN(8) {
		m.change(r, b)
	}
	return b
}

// diff returns how the table differs from the model within r, "" if not at all.
func (m model) diff(t testing.TB, st store.Store, from, to int, reverse bool, limit int) string {
	t.Helper()
	r := store.Range{From: key(from), To: key(to), Reverse: reverse, Limit: limit}
	nums, values := dump(t, st, r)
	var want []int
	for _, n := range slices.Sorted(maps.Keys(m)) {
		if from <= n && n < to {
			want = append(want, n)
		}
	}
	if reverse {
		slices.Reverse(want)
	}
	if limit > 0 && len(want) > limit {
		want = want[:limit]
	}
	if !slices.Equal(nums, want) {
		return fmt.Sprintf("keys %v, want %v", nums, want)
	}
	for i, n := range nums {
		if values[i] != m[n] {
			return fmt.Sprintf("key %d has %d bytes of another value", n, len(values[i]))
		}
	}
	return ""
}

const everything = 1 << 20

func testRandom(t *testing.T, s Suite) {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	rounds := 600
	if s.Short {
		rounds = 200
	}
	d := s.NewDisk(t)
	st := openDisk(t, d)
	m := model{}
	for range rounds {
		if r.IntN(60) == 0 {
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			st = openDisk(t, d)
		}
		if r.IntN(10) == 0 { // refused: changes nothing
			b := maps.Clone(m).batch(r)
			if n := r.IntN(200); m[n] == "" {
				b.RequireValue(key(n), []byte("no"))
			} else {
				b.RequireAbsent(key(n))
			}
			if err := st.Apply(ctx, b); !errors.Is(err, store.ErrConflict) {
				t.Fatalf("seed %#x: apply: %v, want ErrConflict", seed, err)
			}
		} else if err := st.Apply(ctx, m.batch(r)); err != nil {
			t.Fatalf("seed %#x: apply: %v", seed, err)
		}
		n := r.IntN(200)
		v, err := st.Get(ctx, key(n))
		if want, ok := m[n]; ok != (err == nil) || string(v) != want || (!ok && !errors.Is(err, store.ErrNotFound)) {
			t.Fatalf("seed %#x: get: %d bytes, %v", seed, len(v), err)
		}
		from := r.IntN(200)
		if diff := m.diff(t, st, from, from+r.IntN(100), r.IntN(2) == 0, r.IntN(20)); diff != "" {
			t.Fatalf("seed %#x: %s", seed, diff)
		}
	}
	if diff := m.diff(t, st, 0, everything, false, 0); diff != "" {
		t.Fatalf("seed %#x: at the end: %s", seed, diff)
	}
}

func testReopen(t *testing.T, s Suite) {
	d := s.NewDisk(t)
	m := model{}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 4 {
		st, err := d.Open()
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if diff := m.diff(t, st, 0, everything, false, 0); diff != "" {
			t.Errorf("opening %d: %s", round, diff)
		}
		for range 20 {
			if err := st.Apply(ctx, m.batch(r)); err != nil {
				t.Fatal(err)
			}
		}
		if err := st.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
}

// testCrash stops the machine at the k-th write, before or after it reaches the
// disk, for every k until a run ends without a crash. What was acknowledged
// must be there, and nothing in part.
func testCrash(t *testing.T, s Suite) {
	if _, ok := s.NewDisk(t).(Crasher); !ok {
		t.Skip("not run: this disk cannot be made to crash")
	}
	const writes = 12
	for _, after := range []bool{false, true} {
		for k := 0; ; k++ {
			crashed := crashOnce(t, s.NewDisk(t).(Crasher), k, after, writes)
			if !crashed {
				if k != writes {
					t.Errorf("the run with a crash at write %d of %d had none", k, writes)
				}
				break
			}
		}
	}
}

func crashOnce(t *testing.T, d Crasher, k int, after bool, writes int) (crashed bool) {
	t.Helper()
	st, err := d.OpenCrashing(k, after)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	m := model{}
	r := rand.New(rand.NewPCG(7, uint64(k)))
	for range writes {
		next := maps.Clone(m)
		err := st.Apply(ctx, next.batch(r))
		if err == nil {
			m = next
			continue
		}
		if !errors.Is(err, store.ErrCrashed) {
			t.Fatalf("apply: %v, want ErrCrashed", err)
		}
		crashed = true
		if after {
			m = next
		}
		if _, err := st.Get(ctx, key(1)); !errors.Is(err, store.ErrCrashed) {
			t.Errorf("get after the crash: %v", err)
		}
		break
	}
	if err := st.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	again, err := d.Open()
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	if diff := m.diff(t, again, 0, everything, false, 0); diff != "" {
		t.Errorf("crash at write %d, after=%v: %s", k, after, diff)
	}
	if err := again.Apply(ctx, m.batch(r)); err != nil {
		t.Errorf("write after the restart: %v", err)
	}
	if diff := m.diff(t, again, 0, everything, false, 0); diff != "" {
		t.Errorf("after the restart: %s", diff)
	}
	if err := again.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	return crashed
}
