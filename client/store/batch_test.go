package store_test

import (
	"errors"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
)

func TestBatchReset(t *testing.T) {
	var b store.Batch
	b.Set([]byte("k"), []byte("v"))
	b.RequireAbsent([]byte("k"))
	if b.Len() != 1 || b.Size() == 0 || len(b.Requirements()) != 1 {
		t.Errorf("len %d, size %d", b.Len(), b.Size())
	}
	b.Reset()
	if b.Len() != 0 || b.Size() != 0 || len(b.Requirements()) != 0 {
		t.Errorf("after reset: len %d, size %d", b.Len(), b.Size())
	}
}

func TestWidenAllowsForAWrapper(t *testing.T) {
	for _, test := range []struct {
		over int
		wide bool
		ok   bool
	}{
		{0, false, true}, {1, false, false}, {store.WrapOverhead, true, true}, {store.WrapOverhead + 1, true, false},
	} {
		var b store.Batch
		if test.wide {
			b.Widen()
		}
		b.Set([]byte("k"), make([]byte, store.MaxValue+test.over))
		if err := b.Check(); (err == nil) != test.ok || (!test.ok && !errors.Is(err, store.ErrTooLarge)) {
			t.Errorf("%d over, wide %v: %v", test.over, test.wide, err)
		}
	}
}
