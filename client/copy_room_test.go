package client

import (
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
)

// TestCopiesHaveRoom: what comes by itself stops where a device has enough of it, the
// newest first; what is too large anyway takes no room.
func TestCopiesHaveRoom(t *testing.T) {
	sizes := func(n ...int64) (list []wantedCopy) {
		for i, size := range n {
			list = append(list, wantedCopy{seq: uint64(i), size: size})
		}
		return list
	}
	for _, c := range []struct {
		here int64
		want []uint64
		left int
	}{
		{0, []uint64{0, 1, 2, 3}, 0},
		{50, []uint64{0, 1, 3}, 1},
		{95, []uint64{1, 3}, 2},
		{100, []uint64{1}, 3},
		{200, []uint64{1}, 3},
	} {
		list, left := withinRoom(sizes(40, 500, 30, 5), c.here, 100, 60)
		if left != c.left || len(list) != len(c.want) {
			t.Fatalf("with %d here: %v, %d left out", c.here, list, left)
		}
		for i, w := range list {
			if w.seq != c.want[i] {
				t.Errorf("with %d here: %v", c.here, list)
			}
		}
	}
}

// TestCopiesHere: the headers are read, not what they stand before.
func TestCopiesHere(t *testing.T) {
	e, _ := fileDevice(t, newFileServer())
	here := func() int64 {
		t.Helper()
		n, err := e.copiesHere(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := here(); n != 0 {
		t.Errorf("%d bytes on a new device", n)
	}
	var b store.Batch
	for n := range byte(2) {
		for seq := range uint64(3) {
			for index := range 2 {
				p := copyPlace{c: &conversation{id: convo.ID{n}}, seq: seq, index: index}
				b.Set(p.row(0).Bytes(), (&copied{size: 900, have: 10}).append(nil))
				b.Set(p.row(1).Bytes(), []byte("a part, which is not read"))
				b.Set(p.row(2).Bytes(), []byte("another one"))
			}
		}
	}
	if err := e.cfg.Store.Apply(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if n := here(); n != 120 {
		t.Errorf("%d bytes of twelve copies", n)
	}
	b = store.Batch{}
	b.Set(copyPlace{c: &conversation{id: convo.ID{1}}, seq: 1}.row(0).Bytes(), []byte("damaged"))
	if err := e.cfg.Store.Apply(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if _, err := e.copiesHere(t.Context()); err == nil {
		t.Error("a damaged header was read")
	}
}
