//go:build js && wasm

package idb_test

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/idb"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/client/store/storetest"
)

var ctx = context.Background()

var names int

// disk is a database of a name of its own.
type disk struct {
	name string
	seal []byte
}

func (d disk) Open() (store.Store, error) {
	s, err := idb.Open(ctx, d.name)
	if err != nil || d.seal == nil {
		return s, err
	}
	return sealed.Open(ctx, s, d.seal, random{})
}

// random is the browser's randomness.
type random struct{}

func (random) Read(p []byte) (int, error) {
	a := js.Global().Get("Uint8Array").New(len(p))
	js.Global().Get("crypto").Call("getRandomValues", a)
	return js.CopyBytesToGo(p, a), nil
}

func newDisk(t testing.TB) disk {
	names++
	d := disk{name: fmt.Sprintf("test-%d", names)}
	t.Cleanup(func() {
		if err := idb.Delete(ctx, d.name); err != nil {
			t.Errorf("delete: %v", err)
		}
	})
	return d
}

func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Suite{NewDisk: func(t testing.TB) storetest.Disk { return newDisk(t) }, Short: true})
}

func TestSealedStore(t *testing.T) {
	storetest.Run(t, storetest.Suite{Structured: true, Short: true, NewDisk: func(t testing.TB) storetest.Disk {
		d := newDisk(t)
		d.seal = make([]byte, sealed.KeySize)
		return d
	}})
}

// TestLaterFormat: a database of a later version is left alone.
func TestLaterFormat(t *testing.T) {
	d := newDisk(t)
	opened := make(chan struct{})
	r := js.Global().Get("indexedDB").Call("open", d.name, 2)
	f := js.FuncOf(func(js.Value, []js.Value) any {
		r.Get("result").Call("close")
		close(opened)
		return nil
	})
	defer f.Release()
	r.Set("onsuccess", f)
	<-opened
	if _, err := d.Open(); !errors.Is(err, store.ErrFormat) {
		t.Errorf("open: %v", err)
	}
}

// TestDeletedUnderneath: a store whose database another tab deletes is closed,
// and the next one is empty.
func TestDeletedUnderneath(t *testing.T) {
	d := newDisk(t)
	s, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	var b store.Batch
	b.Set([]byte("k"), []byte("v"))
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if err := idb.Delete(ctx, d.name); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ctx, []byte("k")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("get: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	again, err := d.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Get(ctx, []byte("k")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
}

func BenchmarkPages(b *testing.B) {
	s, err := newDisk(b).Open()
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	page := make([]byte, 64*160)
	b.SetBytes(64 * int64(len(page)))
	n := uint64(0)
	for b.Loop() {
		var batch store.Batch
		for range 64 {
			batch.Set(store.Table("p").Uint64(n).Bytes(), page)
			n++
		}
		if err := s.Apply(ctx, &batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*64)/b.Elapsed().Seconds(), "messages/s")
}
