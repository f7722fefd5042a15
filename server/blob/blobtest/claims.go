package blobtest

import (
	"bytes"
	"errors"

	"github.com/coffer-chat/coffer/server/blob"
)

// testClaims: a blob stays as long as its uploader or a holder needs it, over
// restarts, and nobody else's word counts.
func testClaims(s *suite) {
	ctx := s.Context()
	uploader, one, two := [32]byte{1}, [32]byte{2}, [32]byte{3}
	make := func(id blob.ID) {
		s.Helper()
		if _, err := s.store.Create(ctx, id, blob.Meta{Size: 3, DeletionHash: uploader}); err != nil {
			s.Fatal(err)
		}
		if err := s.store.Hold(ctx, id, one); !errors.Is(err, blob.ErrNotFound) {
			s.Errorf("what is not complete was held: %v", err)
		}
		if _, err := s.store.Append(ctx, id, 0, bytes.NewReader([]byte("abc"))); err != nil {
			s.Fatal(err)
		}
	}
	must := func(err error) {
		s.Helper()
		if err != nil {
			s.Error(err)
		}
	}
	there := func(id blob.ID, want bool) {
		s.Helper()
		if _, err := s.store.Stat(ctx, id); (err == nil) != want {
			s.Errorf("there is %v, want %v", err, want)
		}
	}
	a, b, c := blob.ID{1}, blob.ID{2}, blob.ID{3}
	make(a)
	make(b)
	make(c)

	for range 2 { // the same claim twice is one
		must(s.store.Hold(ctx, a, one))
	}
	must(s.store.Hold(ctx, a, two))
	must(s.store.Hold(ctx, a, uploader)) // who has a claim already
	if err := s.store.Release(ctx, a, [32]byte{9}); !errors.Is(err, blob.ErrForeign) {
		s.Errorf("a stranger let go: %v", err)
	}
	must(s.store.Release(ctx, a, uploader))
	s.reopen()
	there(a, true)
	must(s.store.Release(ctx, a, one))
	if err := s.store.Release(ctx, a, one); !errors.Is(err, blob.ErrForeign) {
		s.Errorf("let go of twice: %v", err)
	}
	there(a, true)
	must(s.store.Release(ctx, a, two))
	there(a, false)
	if err := s.store.Release(ctx, a, two); !errors.Is(err, blob.ErrNotFound) {
		s.Errorf("let go of what is gone: %v", err)
	}

	must(s.store.Release(ctx, b, uploader)) // nobody holds it
	there(b, false)

	for n := range blob.MaxHolds {
		must(s.store.Hold(ctx, c, [32]byte{8, byte(n), byte(n >> 8)}))
	}
	if err := s.store.Hold(ctx, c, one); !errors.Is(err, blob.ErrFull) {
		s.Errorf("one claim too many: %v", err)
	}
	must(s.store.Delete(ctx, c)) // erases it for all
	there(c, false)
}
