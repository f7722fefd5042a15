package search

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"
)

// termTable numbers terms in the order in which they are met. It is a hash table
// over one run of bytes, so that there is nothing in it for the collector of
// garbage to go through, and no term is an allocation of its own.
type termTable struct {
	seed  maphash.Seed
	slots []slot // a power of two of them; number 0 is free
	bytes []byte // all terms, one after the other
	ends  []uint32
}

// slot is a place of the table: a part of a term's hash, and its number plus 1.
type slot struct{ hash, number uint32 }

// minSlots is how many places the smallest table has.
const minSlots = 64

// number returns a term's number; added says that it is new.
func (t *termTable) number(term []byte) (n uint32, added bool) {
	if t.slots == nil {
		t.seed = maphash.MakeSeed()
		t.slots = make([]slot, minSlots)
	}
	full := maphash.Bytes(t.seed, term)
	hash := uint32(full >> 32)
	mask := uint64(len(t.slots) - 1)
	i := full & mask
	for ; t.slots[i].number != 0; i = (i + 1) & mask {
		if s := t.slots[i]; s.hash == hash && bytes.Equal(t.term(s.number-1), term) {
			return s.number - 1, false
		}
	}
	n = uint32(len(t.ends))
	t.bytes = append(t.bytes, term...)
	t.ends = append(t.ends, uint32(len(t.bytes)))
	t.slots[i] = slot{hash, n + 1}
	if len(t.ends) > len(t.slots)*5/8 {
		t.grow()
	}
	return n, true
}

// grow doubles the table.
func (t *termTable) grow() {
	t.slots = make([]slot, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n := range uint32(len(t.ends)) {
		full := maphash.Bytes(t.seed, t.term(n))
		i := full & mask
		for t.slots[i].number != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = slot{uint32(full >> 32), n + 1}
	}
}

// term returns the term with a number.
func (t *termTable) term(n uint32) []byte {
	from := uint32(0)
	if n > 0 {
		from = t.ends[n-1]
	}
	return t.bytes[from:t.ends[n]:t.ends[n]]
}

// len is how many terms there are.
func (t *termTable) len() int { return len(t.ends) }

// sorted returns the terms' numbers in ascending order of their bytes.
func (t *termTable) sorted() []uint32 {
	out, heads := make([]uint32, t.len()), make([]uint64, t.len())
	for i := range out {
		var head [8]byte
		copy(head[:], t.term(uint32(i)))
		out[i], heads[i] = uint32(i), binary.BigEndian.Uint64(head[:])
	}
	slices.SortFunc(out, func(a, b uint32) int {
		if c := cmp.Compare(heads[a], heads[b]); c != 0 {
			return c // most terms differ in their first eight bytes
		}
		return bytes.Compare(t.term(a), t.term(b))
	})
	return out
}
