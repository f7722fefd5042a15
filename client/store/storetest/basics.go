package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
)

func wantGet(t testing.TB, st store.Store, k []byte, want string) {
	t.Helper()
	v, err := st.Get(ctx, k)
	if err != nil || string(v) != want {
		t.Errorf("get = %q, %v; want %q", v, err, want)
	}
}

func wantNone(t testing.TB, st store.Store, k []byte) {
	t.Helper()
	if v, err := st.Get(ctx, k); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get = %q, %v; want ErrNotFound", v, err)
	}
}

func testBasics(t *testing.T, s Suite) {
	st := open(t, s)
	wantNone(t, st, key(1))
	apply(t, st, func(b *store.Batch) {
		b.Set(key(1), []byte("one"))
		b.Set(key(2), nil)
		b.Set(key(3), bytes.Repeat([]byte{0}, 100_000))
	})
	wantGet(t, st, key(1), "one")
	wantGet(t, st, key(2), "")
	wantGet(t, st, key(3), string(make([]byte, 100_000)))
	wantNone(t, st, key(4))
	apply(t, st, func(b *store.Batch) {
		b.Set(key(1), []byte("uno"))
		b.Delete(key(2))
		b.Delete(key(4)) // not there: no error
	})
	wantGet(t, st, key(1), "uno")
	wantNone(t, st, key(2))
	apply(t, st, func(*store.Batch) {}) // an empty batch is one too
	id := store.Table("u").ID([]byte("somebody"))
	apply(t, st, func(b *store.Batch) { b.Set(id.Bytes(), []byte("x")) })
	wantGet(t, st, id.Bytes(), "x")
	wantNone(t, st, store.Table("u").ID([]byte("somebodz")).Bytes())
	wantNone(t, st, store.Table("v").ID([]byte("somebody")).Bytes())
}

func testRanges(t *testing.T, s Suite) {
	st := open(t, s)
	apply(t, st, func(b *store.Batch) {
		for _, n := range []int{5, 1, 4, 0, 3, 300, 70_000} {
			b.Set(key(n), fmt.Appendf(nil, "v%d", n))
		}
		b.Set(store.Table("s").Uint64(9).Bytes(), []byte("table before"))
		b.Set(store.Table("ta").Uint64(9).Bytes(), []byte("longer tag"))
		b.Set(store.Table("u").Uint64(9).Bytes(), []byte("table after"))
		for i := range uint64(3) {
			b.Set(store.Table("v").ID([]byte("a")).Uint64(i).Bytes(), []byte{byte(i)})
			b.Set(store.Table("v").ID([]byte("b")).Uint64(i).Bytes(), []byte{byte(i)})
		}
	})
	all := []int{0, 1, 3, 4, 5, 300, 70_000}
	for _, test := range []struct {
		name string
		r    store.Range
		want []int
	}{
		{"table", table.Range(), all},
		{"from inclusive", store.Range{From: key(1), To: table.End()}, all[1:]},
		{"from between", store.Range{From: key(2), To: table.End()}, all[2:]},
		{"to exclusive", store.Range{From: key(0), To: key(5)}, all[:4]},
		{"one", table.Uint64(4).Range(), []int{4}},
		{"after one", store.Range{From: table.Uint64(4).End(), To: table.End()}, all[4:]},
		{"empty", store.Range{From: key(2), To: key(3)}, nil},
		{"backwards bounds", store.Range{From: key(5), To: key(1)}, nil},
		{"limit", store.Range{From: key(1), To: table.End(), Limit: 2}, []int{1, 3}},
		{"limit above", store.Range{From: key(300), To: table.End(), Limit: 9}, []int{300, 70_000}},
		{"open start", store.Range{To: key(1)}, []int{9, 0}},
		{"open end", store.Range{From: store.Table("u").Bytes()}, []int{9, 0, 1, 2, 0, 1, 2}},
		{"under an id", store.Table("v").ID([]byte("b")).Range(), []int{0, 1, 2}},
		{"between ids' ordinals", store.Range{
			From: store.Table("v").ID([]byte("b")).Uint64(1).Bytes(),
			To:   store.Table("v").ID([]byte("b")).Uint64(2).Bytes()}, []int{1}},
		{"other id", store.Table("v").ID([]byte("c")).Range(), nil},
		{"everything", store.Range{Limit: -1}, append(append([]int{9}, all...), 9, 9, 0, 1, 2, 0, 1, 2)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _ := dump(t, st, test.r)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if test.r.Limit > 0 {
				return
			}
			test.r.Reverse = true
			back, _ := dump(t, st, test.r)
			slices.Reverse(back)
			if !slices.Equal(back, test.want) {
				t.Errorf("reverse: got %v, want %v", back, test.want)
			}
			test.r.Limit = 2
			last, _ := dump(t, st, test.r)
			slices.Reverse(last)
			if want := test.want[max(0, len(test.want)-2):]; !slices.Equal(last, want) {
				t.Errorf("reverse, limit 2: got %v, want %v", last, want)
			}
		})
	}
}

func testScanEnds(t *testing.T, s Suite) {
	st := open(t, s)
	apply(t, st, func(b *store.Batch) {
		for n := range 3000 { // more than an implementation reads at once
			b.Set(key(n), []byte{byte(n)})
		}
	})
	nums, _ := dump(t, st, table.Range())
	if len(nums) != 3000 || !slices.IsSorted(nums) {
		t.Errorf("scan of 3000 gave %d, sorted %v", len(nums), slices.IsSorted(nums))
	}
	broken := errors.New("broken")
	for _, at := range []int{0, 1, 63, 64, 2999} {
		for end, want := range map[error]error{store.ErrStop: nil, broken: broken, fmt.Errorf("x: %w", store.ErrStop): nil} {
			seen := 0
			err := st.Scan(ctx, table.Range(), func(k, v []byte) error {
				if seen == at {
					return end
				}
				seen++
				return nil
			})
			if !errors.Is(err, want) || (want == nil && err != nil) || seen != at {
				t.Errorf("ended at %d with %v after %d, want %v", at, err, seen, want)
			}
		}
	}
}

func testScanAndChange(t *testing.T, s Suite) {
	st := open(t, s)
	apply(t, st, func(b *store.Batch) {
		for n := range 500 {
			b.Set(key(2*n), []byte("old"))
		}
	})
	seen := map[string]int{}
	err := st.Scan(ctx, table.Range(), func(k, v []byte) error {
		seen[string(k)]++
		if _, err := st.Get(ctx, k); err != nil {
			return err
		}
		n, _ := store.Last(k)
		var b store.Batch
		b.Set(k, []byte("new"))
		b.Set(key(int(n)+1), []byte("added"))
		if err := st.Apply(ctx, &b); err != nil {
			return err
		}
		return st.Scan(ctx, store.Range{From: k, Limit: 1}, func(_, v []byte) error {
			if string(v) != "new" {
				t.Errorf("scan inside saw %q", v)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 500 {
		if seen[string(key(2*n))] != 1 {
			t.Errorf("entry %d handed out %d times", 2*n, seen[string(key(2*n))])
		}
	}
}

func testOwnership(t *testing.T, s Suite) {
	st := open(t, s)
	k, v := key(1), []byte("value")
	apply(t, st, func(b *store.Batch) { b.Set(k, v) })
	got, err := st.Get(ctx, k)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := store.Collect(ctx, st, table.Range())
	if err != nil {
		t.Fatal(err)
	}
	clear(k)
	clear(v)
	apply(t, st, func(b *store.Batch) { b.Set(key(1), []byte("other")) })
	wantGet(t, st, key(1), "other")
	if string(got) != "value" || string(entries[0].Value) != "value" || !bytes.Equal(entries[0].Key, key(1)) {
		t.Errorf("what was read changed: %q, %q", got, entries[0].Value)
	}
}

func testContext(t *testing.T, s Suite) {
	st := open(t, s)
	apply(t, st, func(b *store.Batch) {
		for n := range 10 {
			b.Set(key(n), nil)
		}
	})
	done, cancel := context.WithCancel(ctx)
	n := 0
	err := st.Scan(done, table.Range(), func(k, v []byte) error {
		if n++; n == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || n != 3 {
		t.Errorf("cancelled scan: %v after %d", err, n)
	}
	var b store.Batch
	b.Set(key(99), nil)
	_, gerr := st.Get(done, key(1))
	for what, err := range map[string]error{"get": gerr, "apply": st.Apply(done, &b),
		"scan": st.Scan(done, table.Range(), func(k, v []byte) error { return nil })} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: %v", what, err)
		}
	}
	wantNone(t, st, key(99))
}

func testClose(t *testing.T, s Suite) {
	st, err := s.NewDisk(t).Open()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := st.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	_, gerr := st.Get(ctx, key(1))
	for what, err := range map[string]error{"get": gerr, "apply": st.Apply(ctx, new(store.Batch)),
		"scan": st.Scan(ctx, store.Range{}, func(k, v []byte) error { return nil })} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after close: %v", what, err)
		}
	}
}
