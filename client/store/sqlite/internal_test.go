package sqlite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
)

var ctx = context.Background()

func openNew(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s, path
}

func TestDiskFull(t *testing.T) {
	s, _ := openNew(t)
	if _, err := s.w.conn.ExecContext(ctx, "PRAGMA max_page_count = 20"); err != nil {
		t.Fatal(err)
	}
	var b store.Batch
	b.Set([]byte("small"), []byte("x"))
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	b.Set([]byte("small"), []byte("y"))
	b.Set([]byte("large"), make([]byte, 1<<20))
	if err := s.Apply(ctx, &b); !errors.Is(err, store.ErrFull) {
		t.Errorf("apply on a full disk: %v", err)
	}
	if v, err := s.Get(ctx, []byte("small")); err != nil || string(v) != "x" {
		t.Errorf("after the failure: %q, %v", v, err)
	}
	b.Reset()
	b.Set([]byte("small"), []byte("z"))
	if err := s.Apply(ctx, &b); err != nil {
		t.Errorf("a small write afterwards: %v", err)
	}
}

func TestBatchesShareACommit(t *testing.T) {
	s, _ := openNew(t)
	s.w.busy.Lock() // all queue up behind this
	const n = 20
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			var b store.Batch
			b.RequireAbsent([]byte{1 + byte(i)/2}) // two want the same key
			b.Set([]byte{1 + byte(i)/2}, []byte{byte(i)})
			errs[i] = s.Apply(ctx, &b)
		})
	}
	for queued := 0; queued < n; {
		s.w.mu.Lock()
		queued = len(s.w.queue)
		s.w.mu.Unlock()
	}
	group := s.w.take()
	if len(group) != n {
		t.Fatalf("a group of %d", len(group))
	}
	s.w.commitGroup(group)
	s.w.busy.Unlock()
	wg.Wait()
	for i := 0; i < n; i += 2 {
		first, second := errs[i], errs[i+1]
		if first != nil {
			first, second = second, first
		}
		if first != nil || !errors.Is(second, store.ErrConflict) {
			t.Errorf("pair %d: %v, %v", i/2, errs[i], errs[i+1])
		}
	}
}

func TestGroupIsBounded(t *testing.T) {
	var w writer
	for range 5 {
		r := &request{batch: new(store.Batch)}
		for range 2 {
			r.batch.Set([]byte("k"), make([]byte, store.MaxValue))
		}
		w.queue = append(w.queue, r)
	}
	// Two batches of 8 MiB and a little are above maxGroup.
	for i := range 5 {
		if n := len(w.take()); n != 1 {
			t.Errorf("group %d has %d batches", i, n)
		}
	}
	if len(w.take()) != 0 {
		t.Error("the queue is not empty")
	}
}

func TestDeletedIsGoneFromDisk(t *testing.T) {
	s, path := openNew(t)
	secret := []byte("a text that must not stay")
	var b store.Batch
	for i := range 200 {
		b.Set([]byte{1, byte(i)}, bytes.Repeat(secret, 1+i%50))
	}
	if err := s.Apply(ctx, &b); err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	if !onDisk(t, path, secret) {
		t.Fatal("not there before it is deleted: the test sees nothing")
	}
	b.Reset()
	b.DeleteRange([]byte{1}, []byte{2})
	b.Set([]byte{3}, []byte("stays"))
	if err := errors.Join(s.Apply(ctx, &b), s.Purge(ctx)); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, path, secret) {
		t.Error("still on disk")
	}
	if !onDisk(t, path, []byte("stays")) {
		t.Error("the rest is not there")
	}
}

func onDisk(t *testing.T, path string, text []byte) bool {
	t.Helper()
	found := false
	for _, name := range []string{path, path + "-wal"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(data, text)
	}
	return found
}
