package search

import "github.com/coffer-chat/coffer/client/store"

// The index's part of the store: under the table's tag, a number for the kind
// and then numbers only.
const (
	kindMerges    = 0 // alone → a number that every merge changes
	kindEntry     = 1 // segment id → entry
	kindChunk     = 2 // segment id, chunk number → chunk
	kindTombstone = 3 // conversation, seq → nothing, or the instance that still counts
)

type keys struct{ table store.Key }

func (k keys) merges() []byte             { return k.table.Uint64(kindMerges).Bytes() }
func (k keys) entries() store.Key         { return k.table.Uint64(kindEntry) }
func (k keys) entry(id uint64) []byte     { return k.entries().Uint64(id).Bytes() }
func (k keys) chunks(id uint64) store.Key { return k.table.Uint64(kindChunk).Uint64(id) }
func (k keys) tombstones() store.Key      { return k.table.Uint64(kindTombstone) }

func (k keys) chunk(id uint64, n int) []byte { return k.chunks(id).Uint64(uint64(n)).Bytes() }

func (k keys) tombstone(conv uint32, seq uint64) []byte {
	return k.tombstones().Uint64(uint64(conv)).Uint64(seq).Bytes()
}
