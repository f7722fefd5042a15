// Package blobtest is the suite that every blob.Store passes. Call Run.
package blobtest

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/coffer-chat/coffer/server/blob"
)

// Open opens the store that is kept in a folder; again on the same folder it
// shows what is durable.
type Open func(dir string) (blob.Store, error)

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		f    func(*suite)
	}{
		{"whole", testWhole}, {"parts", testParts}, {"broken off", testBrokenOff}, {"wrong parts", testWrongParts},
		{"delete", testDelete}, {"claims", testClaims}, {"sweep", testSweep}, {"parallel", testParallel},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{TB: t, dir: t.TempDir(), open: open}
			s.reopen()
			c.f(s)
		})
	}
}

type suite struct {
	testing.TB
	dir   string
	open  Open
	store blob.Store
}

func (s *suite) reopen() {
	s.Helper()
	var err error
	if s.store, err = s.open(s.dir); err != nil {
		s.Fatal(err)
	}
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *suite) is(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("got %v, want %v", err, want)
	}
}

func id(n byte) blob.ID { return blob.ID{0: n, 31: 1} }

func (s *suite) create(n byte, size int64) {
	s.Helper()
	_, err := s.store.Create(s.Context(), id(n), blob.Meta{Size: size, DeletionHash: [32]byte{n}})
	s.ok(err)
}

func (s *suite) add(n byte, offset int64, text string) (blob.Info, error) {
	return s.store.Append(s.Context(), id(n), offset, strings.NewReader(text))
}

func (s *suite) read(n byte) string {
	s.Helper()
	f, _, err := s.store.Open(s.Context(), id(n))
	s.ok(err)
	defer f.Close()
	b, err := io.ReadAll(f)
	s.ok(err)
	return string(b)
}

func testWhole(s *suite) {
	s.create(1, 5)
	info, err := s.add(1, 0, "hello")
	s.ok(err)
	if !info.Complete() {
		s.Errorf("info %+v", info)
	}
	s.reopen()
	if got := s.read(1); got != "hello" {
		s.Errorf("read %q", got)
	}
	again, err := s.store.Create(s.Context(), id(1), info.Meta)
	s.ok(err)
	if again != info {
		s.Errorf("begun again: %+v", again)
	}
	for _, m := range []blob.Meta{{Size: 6, DeletionHash: [32]byte{1}}, {Size: 5, DeletionHash: [32]byte{2}}} {
		_, err := s.store.Create(s.Context(), id(1), m)
		s.is(err, blob.ErrExists)
	}
}

func testParts(s *suite) {
	s.create(1, 11)
	for _, p := range []string{"hel", "lo ", "world"} {
		s.reopen()
		info, err := s.store.Stat(s.Context(), id(1))
		s.ok(err)
		_, err = s.add(1, info.Offset, p)
		s.ok(err)
	}
	if got := s.read(1); got != "hello world" {
		s.Errorf("read %q", got)
	}
}

func testBrokenOff(s *suite) {
	s.create(1, 10)
	broken := errors.New("connection broke")
	info, err := s.store.Append(s.Context(), id(1), 0, io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(broken)))
	s.is(err, broken)
	if info.Offset != 5 {
		s.Fatalf("kept %d bytes", info.Offset)
	}
	s.reopen()
	_, err = s.add(1, 5, "world")
	s.ok(err)
	if got := s.read(1); got != "helloworld" {
		s.Errorf("read %q", got)
	}
}

func testWrongParts(s *suite) {
	_, err := s.add(1, 0, "x")
	s.is(err, blob.ErrNotFound)
	_, err = s.store.Stat(s.Context(), id(1))
	s.is(err, blob.ErrNotFound)
	_, err = s.store.Create(s.Context(), id(1), blob.Meta{})
	s.is(err, blob.ErrTooLong)
	s.create(1, 4)
	_, _, err = s.store.Open(s.Context(), id(1))
	s.is(err, blob.ErrNotFound) // not complete
	_, err = s.add(1, 1, "x")
	s.is(err, blob.ErrOffset)
	_, err = s.add(1, 0, "ab")
	s.ok(err)
	info, err := s.add(1, 0, "ab")
	s.is(err, blob.ErrOffset)
	if info.Offset != 2 {
		s.Errorf("told to go on at %d", info.Offset)
	}
	_, err = s.add(1, 2, "cdef")
	s.is(err, blob.ErrTooLong)
	_, err = s.store.Stat(s.Context(), id(1))
	s.is(err, blob.ErrNotFound) // what does not fit is no blob
	s.create(2, 2)
	_, err = s.add(2, 0, "ab")
	s.ok(err)
	_, err = s.add(2, 2, "c")
	s.is(err, blob.ErrOffset)
}

func testDelete(s *suite) {
	s.is(s.store.Delete(s.Context(), id(1)), blob.ErrNotFound)
	s.create(1, 3)
	s.create(2, 3)
	_, err := s.add(2, 0, "abc")
	s.ok(err)
	for _, n := range []byte{1, 2} {
		s.ok(s.store.Delete(s.Context(), id(n)))
		_, err := s.store.Stat(s.Context(), id(n))
		s.is(err, blob.ErrNotFound)
	}
}

func testSweep(s *suite) {
	s.create(1, 3)
	s.create(2, 3)
	_, err := s.add(2, 0, "abc")
	s.ok(err)
	s.ok(s.store.Sweep(s.Context(), time.Now().Add(-time.Hour)))
	_, err = s.store.Stat(s.Context(), id(1))
	s.ok(err)
	s.ok(s.store.Sweep(s.Context(), time.Now().Add(time.Hour)))
	_, err = s.store.Stat(s.Context(), id(1))
	s.is(err, blob.ErrNotFound)
	if s.read(2) != "abc" {
		s.Error("a complete blob was swept")
	}
}

// testParallel: of parts sent twice at once, one counts.
func testParallel(s *suite) {
	content := bytes.Repeat([]byte("0123456789"), 100)
	s.create(1, int64(len(content)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				info, err := s.store.Stat(s.Context(), id(1))
				if err != nil || info.Complete() {
					return
				}
				end := min(info.Offset+100, info.Size)
				_, err = s.store.Append(s.Context(), id(1), info.Offset, bytes.NewReader(content[info.Offset:end]))
				if err != nil && !errors.Is(err, blob.ErrOffset) {
					s.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if s.read(1) != string(content) {
		s.Error("parts got mixed up")
	}
}
