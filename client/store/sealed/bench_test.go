package sealed_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/client/store/sealed"
	"github.com/coffer-chat/coffer/client/store/sqlite"
)

// A page holds 64 messages of 160 bytes; a batch 64 pages.
const (
	perPage  = 64
	pageSize = perPage * 160
	perBatch = 64
	// storedPage is what such a page takes with the messages' keys and names.
	storedPage = 25 << 10
)

func benchPages(b *testing.B, s store.Store) {
	page := make([]byte, pageSize)
	conv := store.Table("msg").ID(make([]byte, 32))
	b.SetBytes(perBatch * pageSize)
	n := uint64(0)
	for b.Loop() {
		var batch store.Batch
		for range perBatch {
			batch.Set(conv.Uint64(n).Bytes(), page)
			n++
		}
		if err := s.Apply(ctx, &batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*perPage)/b.Elapsed().Seconds(), "messages/s")
}

func benchSQLite(b *testing.B) store.Store {
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "store.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// BenchmarkPagesSQLite is the floor of BenchmarkPagesSealed.
func BenchmarkPagesSQLite(b *testing.B) { benchPages(b, benchSQLite(b)) }

func BenchmarkPagesSealed(b *testing.B) {
	s, err := sealed.Open(ctx, benchSQLite(b), testKey, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	benchPages(b, s)
}

// BenchmarkGetSealed reads pages of a store of a million messages, here and there.
func BenchmarkGetSealed(b *testing.B) {
	s, err := sealed.Open(ctx, benchSQLite(b), testKey, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	const pages = 16384 // of a million messages, in 256 conversations
	key := func(n uint64) []byte {
		id := make([]byte, 32)
		id[0] = byte(n % 256)
		return store.Table("msg").ID(id).Uint64(n / 256).Bytes()
	}
	for n := uint64(0); n < pages; {
		var batch store.Batch
		for range perBatch {
			batch.Set(key(n), make([]byte, storedPage))
			n++
		}
		if err := s.Apply(ctx, &batch); err != nil {
			b.Fatal(err)
		}
	}
	n := uint64(0)
	for b.Loop() {
		if _, err := s.Get(ctx, key(n%pages)); err != nil {
			b.Fatal(err)
		}
		n += 7919
	}
}
