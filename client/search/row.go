package search

import (
	"cmp"
	"encoding/binary"
	"math"
)

// row is what the index knows of a document beside its words. A document's
// number within a segment is its row's rank, newest first.
type row struct {
	time     int64
	conv     uint32
	seq      uint64
	instance uint64 // tells a document that replaced another from it; 0: replaced none
}

// compareRows orders rows as results are: the newest first.
func compareRows(a, b row) int {
	return cmp.Or(
		cmp.Compare(b.time, a.time),
		cmp.Compare(b.conv, a.conv),
		cmp.Compare(b.seq, a.seq),
		cmp.Compare(b.instance, a.instance),
	)
}

// rowsPerBlock is how many rows are encoded together.
const rowsPerBlock = 128

// appendRows encodes a block of rows, each as its difference to the one before.
func appendRows(b []byte, rows []row) []byte {
	var prev row
	for _, r := range rows {
		b = appendVarint(b, prev.time-r.time)
		conv := zigzag(int64(r.conv)-int64(prev.conv)) << 1
		if r.instance != 0 {
			conv |= 1
		}
		b = binary.AppendUvarint(b, conv)
		b = appendVarint(b, int64(prev.seq-r.seq))
		if r.instance != 0 {
			b = binary.BigEndian.AppendUint64(b, r.instance)
		}
		prev = r
	}
	return b
}

// parseRows decodes n rows into dst, which it returns.
func parseRows(dst []row, data []byte, n int) ([]row, error) {
	d := decoder{rest: data}
	var prev row
	dst = dst[:0]
	for range n {
		prev.time -= d.varint()
		conv := d.uvarint()
		next := int64(prev.conv) + unzigzag(conv>>1)
		if next < 0 || next > math.MaxUint32 {
			return nil, ErrCorrupt
		}
		prev.conv = uint32(next)
		prev.seq -= uint64(d.varint())
		prev.instance = 0
		if conv&1 != 0 {
			prev.instance = d.uint64()
		}
		if d.bad {
			return nil, ErrCorrupt
		}
		dst = append(dst, prev)
	}
	return dst, d.done()
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
