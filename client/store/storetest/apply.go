package storetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
)

func testBatchOrder(t *testing.T, s Suite) {
	st := open(t, s)
	apply(t, st, func(b *store.Batch) {
		for n := range 6 {
			b.Set(key(n), []byte("a"))
		}
		b.DeleteRange(key(1), key(4))
		b.Set(key(2), []byte("b"))
		b.Set(key(2), []byte("c"))
		b.Delete(key(5))
	})
	nums, values := dump(t, st, table.Range())
	if !slices.Equal(nums, []int{0, 2, 4}) || values[1] != "c" {
		t.Errorf("got %v %v", nums, values)
	}
	apply(t, st, func(b *store.Batch) { b.DeleteRange(key(3), key(0)) }) // nothing lies between
	apply(t, st, func(b *store.Batch) { b.DeleteRange(key(3), nil) })
	if nums, _ = dump(t, st, store.Range{}); !slices.Equal(nums, []int{0, 2}) {
		t.Errorf("after an open end: %v", nums)
	}
	apply(t, st, func(b *store.Batch) { b.DeleteRange(nil, key(2)) })
	if nums, _ = dump(t, st, store.Range{}); !slices.Equal(nums, []int{2}) {
		t.Errorf("after an open start: %v", nums)
	}
	apply(t, st, func(b *store.Batch) {
		id := store.Table("u").ID([]byte("x"))
		b.Set(id.Bytes(), nil)
		b.Set(id.Uint64(1).Bytes(), nil)
		b.Set(store.Table("u").ID([]byte("y")).Bytes(), []byte("stays"))
		b.DeleteRange(id.Range().From, id.Range().To)
	})
	if e, err := store.Collect(ctx, st, store.Table("u").Range()); err != nil || len(e) != 1 || string(e[0].Value) != "stays" {
		t.Errorf("after deleting what is under an id: %d entries, %v", len(e), err)
	}
	apply(t, st, func(b *store.Batch) { b.DeleteRange(nil, nil) })
	if e, err := store.Collect(ctx, st, store.Range{}); err != nil || len(e) != 0 {
		t.Errorf("after deleting all: %d entries, %v", len(e), err)
	}
}

func testRequirements(t *testing.T, s Suite) {
	st := open(t, s)
	apply(t, st, func(b *store.Batch) {
		b.Set(key(1), []byte("one"))
		b.Set(key(2), nil)
	})
	for _, test := range []struct {
		name string
		fill func(b *store.Batch)
		ok   bool
	}{
		{"absent", func(b *store.Batch) { b.RequireAbsent(key(7)) }, true},
		{"absent, is there", func(b *store.Batch) { b.RequireAbsent(key(1)) }, false},
		{"absent, empty value", func(b *store.Batch) { b.RequireAbsent(key(2)) }, false},
		{"value", func(b *store.Batch) { b.RequireValue(key(1), []byte("one")) }, true},
		{"empty value", func(b *store.Batch) { b.RequireValue(key(2), nil) }, true},
		{"other value", func(b *store.Batch) { b.RequireValue(key(1), []byte("One")) }, false},
		{"longer value", func(b *store.Batch) { b.RequireValue(key(1), []byte("one1")) }, false},
		{"value, not there", func(b *store.Batch) { b.RequireValue(key(7), []byte("one")) }, false},
		{"empty value, not there", func(b *store.Batch) { b.RequireValue(key(7), nil) }, false},
		{"all", func(b *store.Batch) { b.RequireValue(key(1), []byte("one")); b.RequireAbsent(key(7)) }, true},
		{"one of two", func(b *store.Batch) { b.RequireValue(key(1), []byte("one")); b.RequireAbsent(key(2)) }, false},
		{"the state before", func(b *store.Batch) { b.Set(key(7), nil); b.RequireAbsent(key(7)) }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b store.Batch
			b.Set(key(3), []byte(test.name))
			b.Delete(key(4))
			test.fill(&b)
			err := st.Apply(ctx, &b)
			if test.ok {
				if err != nil {
					t.Fatalf("apply: %v", err)
				}
				wantGet(t, st, key(3), test.name)
				apply(t, st, func(b *store.Batch) { b.Delete(key(3)); b.Delete(key(7)) })
				return
			}
			if !errors.Is(err, store.ErrConflict) {
				t.Errorf("apply: %v, want ErrConflict", err)
			}
			wantNone(t, st, key(3))
		})
	}
}

func testLimits(t *testing.T, s Suite) {
	st := open(t, s)
	big := make([]byte, store.MaxValue)
	apply(t, st, func(b *store.Batch) { b.Set(key(1), big) })
	if v, err := st.Get(ctx, key(1)); err != nil || !bytes.Equal(v, big) {
		t.Errorf("largest value: %d bytes, %v", len(v), err)
	}
	apply(t, st, func(b *store.Batch) { b.RequireValue(key(1), big); b.Delete(key(1)) })

	long := store.Table("u").ID(make([]byte, store.MaxKey-4)) // 1 + 3 + 508
	apply(t, st, func(b *store.Batch) { b.Set(long.Bytes(), []byte("x")) })
	wantGet(t, st, long.Bytes(), "x")
	longer := store.Table("u").ID(make([]byte, store.MaxKey-3)).Bytes()
	for _, test := range []struct {
		name string
		fill func(b *store.Batch)
		want error
	}{
		{"value", func(b *store.Batch) { b.Set(key(2), make([]byte, store.MaxValue+1)) }, store.ErrTooLarge},
		{"batch", func(b *store.Batch) {
			for n := range store.MaxBatch/store.MaxValue + 1 {
				b.Set(key(n), big)
			}
		}, store.ErrTooLarge},
		{"long key", func(b *store.Batch) { b.Set(longer, nil) }, store.ErrKey},
		{"long key deleted", func(b *store.Batch) { b.Delete(longer) }, store.ErrKey},
		{"long key required", func(b *store.Batch) { b.RequireAbsent(longer) }, store.ErrKey},
		{"huge id", func(b *store.Batch) { b.Set(store.Table("u").ID(make([]byte, 1<<17)).Bytes(), nil) }, store.ErrKey},
		{"no key", func(b *store.Batch) { b.Set(nil, nil) }, store.ErrKey},
	} {
		var b store.Batch
		b.Set(key(8), nil)
		test.fill(&b)
		if err := st.Apply(ctx, &b); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		wantNone(t, st, key(8))
	}
	for _, k := range [][]byte{nil, {}, longer} {
		if _, err := st.Get(ctx, k); !errors.Is(err, store.ErrKey) {
			t.Errorf("get of a key of %d bytes: %v", len(k), err)
		}
	}
}

// testRawKeys tests keys of any form; for a store of structured keys only, that
// it refuses them.
func testRawKeys(t *testing.T, s Suite) {
	st := open(t, s)
	keys := [][]byte{{0}, {0, 0}, {0, 1}, {1}, []byte("Key"), {0x7f}, {0x80}, {0xff}, {0xff, 0xff}, bytes.Repeat([]byte{0xff}, store.MaxKey)}
	if s.Structured {
		for _, k := range append(keys, []byte("abcd"), []byte("t\x01"), []byte("t\x02\x00"), []byte("t\x01\x00\x02x"), []byte("t\x03"), []byte("tT")) {
			var b store.Batch
			b.Set(k, nil)
			_, gerr := st.Get(ctx, k)
			for what, err := range map[string]error{"get": gerr, "apply": st.Apply(ctx, &b),
				"scan": st.Scan(ctx, store.Range{From: append([]byte{'T'}, k...)}, func(k, v []byte) error { return nil })} {
				if !errors.Is(err, store.ErrKey) {
					t.Errorf("%s of % x: %v, want ErrKey", what, k, err)
				}
			}
		}
		return
	}
	apply(t, st, func(b *store.Batch) {
		for i := range keys {
			k := keys[len(keys)-1-i]
			b.Set(k, k)
		}
	})
	e, err := store.Collect(ctx, st, store.Range{})
	if err != nil || len(e) != len(keys) {
		t.Fatalf("%d entries, %v", len(e), err)
	}
	for i, k := range keys {
		wantGet(t, st, k, string(k))
		if !bytes.Equal(e[i].Key, k) {
			t.Errorf("key %d is % x, want % x", i, e[i].Key, k)
		}
	}
}

// testCounter lets many goroutines count by compare-and-set.
func testCounter(t *testing.T, s Suite) {
	st := open(t, s)
	count(t, st, st)
}

func testTwoOpenings(t *testing.T, s Suite) {
	d := s.NewDisk(t)
	if _, ok := d.(interface{ Shared() }); !ok {
		t.Skip("not run: this store is never open twice")
	}
	count(t, openDisk(t, d), openDisk(t, d))
}

func count(t *testing.T, stores ...store.Store) {
	const workers, each = 8, 10
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			st := stores[w%len(stores)]
			for done := 0; done < each; {
				var b store.Batch
				n := uint64(0)
				switch v, err := st.Get(ctx, key(0)); {
				case errors.Is(err, store.ErrNotFound):
					b.RequireAbsent(key(0))
				case err != nil:
					t.Errorf("get: %v", err)
					return
				default:
					n = binary.BigEndian.Uint64(v)
					b.RequireValue(key(0), v)
				}
				b.Set(key(0), binary.BigEndian.AppendUint64(nil, n+1))
				b.RequireAbsent(key(int(n) + 1))
				b.Set(key(int(n)+1), []byte{byte(w)})
				switch err := st.Apply(ctx, &b); {
				case err == nil:
					done++
				case !errors.Is(err, store.ErrConflict):
					t.Errorf("apply: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	v, err := stores[0].Get(ctx, key(0))
	if err != nil || binary.BigEndian.Uint64(v) != workers*each {
		t.Errorf("counted to %x, %v; want %d", v, err, workers*each)
	}
	if nums, _ := dump(t, stores[0], table.Range()); len(nums) != workers*each+1 {
		t.Errorf("%d entries", len(nums))
	}
}
