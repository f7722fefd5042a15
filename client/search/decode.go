package search

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/coffer-chat/coffer/client/store"
)

// ErrFormat is returned for an index written by a later version: remove it with
// Reset and add the messages anew.
var ErrFormat = errors.New("search: index in a format that this version does not know")

// ErrCorrupt is returned when the index does not decode: remove it with Reset
// and add the messages anew.
var ErrCorrupt = fmt.Errorf("search: index damaged: %w", store.ErrCorrupt)

// decoder reads numbers and strings from the front of a slice. Its first error
// sticks.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) fail() { d.rest, d.bad = nil, true }

func (d *decoder) uvarint() uint64 {
	if len(d.rest) > 0 && d.rest[0] < 0x80 {
		v := d.rest[0]
		d.rest = d.rest[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) varint() int64 {
	return unzigzag(d.uvarint())
}

// count reads a number that must not be above limit.
func (d *decoder) count(limit int) int {
	v := d.uvarint()
	if v > uint64(limit) {
		d.fail()
		return 0
	}
	return int(v)
}

// bytes reads n bytes, a part of the input.
func (d *decoder) bytes(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.fail()
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uint64() uint64 {
	b := d.bytes(8)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// done returns ErrCorrupt if a read failed or input is left.
func (d *decoder) done() error {
	if d.bad || len(d.rest) > 0 {
		return ErrCorrupt
	}
	return nil
}

func (d *decoder) err() error {
	if d.bad {
		return ErrCorrupt
	}
	return nil
}

func appendVarint(b []byte, v int64) []byte {
	return binary.AppendUvarint(b, zigzag(v))
}
