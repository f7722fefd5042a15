package client

import (
	"context"
	"errors"
	"io"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableCopy holds copies of attachments that the server has, sealed as they are
// there: .ID(conversation).Uint64(seq).Uint64(index<<32 | n), n being 0 for the
// header and i+1 for the i-th part. All of a message's go at once with it.
var tableCopy = store.Table("da")

const (
	copyVersion = 1
	// copySegments is how many segments of a blob one value holds, copyPart how many
	// bytes: about half a MiB, so that part numbers stay far below 2^32.
	copySegments = 8
	copyPart     = copySegments * (media.SegmentSize + media.Overhead)
	// maxCopied bounds the attachments of a message that are copied.
	maxCopied = 256
)

// copied is the header of a copy.
type copied struct {
	blob       blob.ID
	size, have int64 // of the blob; have is how much of it is here
}

func (x *copied) append(b []byte) []byte {
	b = append(syntax.AppendUint16(b, copyVersion), x.blob[:]...)
	return syntax.AppendUint64(syntax.AppendUint64(b, uint64(x.size)), uint64(x.have))
}

func parseCopied(v []byte) (*copied, error) {
	r := syntax.NewReader(v)
	version := r.Uint16()
	x := new(copied)
	r.Copy(x.blob[:])
	size, have := r.Uint64(), r.Uint64()
	if r.Err() == nil && (version != copyVersion || size > uint64(blob.MaxSize()) || have > size) {
		r.Fail(syntax.ErrInvalidValue)
	}
	x.size, x.have = int64(size), int64(have)
	return x, r.Done()
}

// copyPlace is where the copy of an attachment is.
type copyPlace struct {
	c     *conversation
	seq   uint64
	index int
}

func (p copyPlace) row(n int64) store.Key {
	return tableCopy.ID(p.c.id[:]).Uint64(p.seq).Uint64(uint64(p.index)<<32 | uint64(n))
}

// copied returns the copy of a blob, nil where there is none of this one.
func (e *Engine) copied(ctx context.Context, p copyPlace, blob blob.ID) (*copied, error) {
	v, err := e.get(ctx, p.row(0))
	if err != nil || v == nil {
		return nil, err
	}
	x, err := parseCopied(v)
	if err != nil {
		return nil, damaged(err, "copy of a file")
	}
	if x.blob != blob {
		return nil, nil
	}
	return x, nil
}

// dropCopies adds to a batch that a message's copies go.
func dropCopies(b *store.Batch, c *conversation, seq uint64) {
	k := tableCopy.ID(c.id[:]).Uint64(seq)
	b.DeleteRange(k.Bytes(), k.End())
}

// errNoCopy says that a copy has gone, or a part of it.
var errNoCopy = errors.New("client: the copy of a file is gone")

// copyReader reads a part of a copy, a value at a time.
type copyReader struct {
	ctx     context.Context
	e       *Engine
	place   copyPlace
	at, end int64

	part  int64  // number of the part at hand
	value []byte // of it; empty: none
}

// load brings the part at hand. It takes no lock, so it asks the store itself:
// copies are never written behind.
func (r *copyReader) load() error {
	n := r.at / copyPart
	if len(r.value) > 0 && r.part == n {
		return nil
	}
	v, err := r.e.cfg.Store.Get(r.ctx, r.place.row(n+1).Bytes())
	if errors.Is(err, store.ErrNotFound) {
		return errNoCopy
	}
	if err != nil {
		return fault.Failed(err, "the device's store cannot be read")
	}
	if int64(len(v)) <= r.at-n*copyPart {
		return errNoCopy
	}
	r.part, r.value = n, v
	return nil
}

// Read reads from the value at hand. A copy that goes meanwhile is the end, so that
// who reads goes on from there, elsewhere.
func (r *copyReader) Read(p []byte) (int, error) {
	if r.at >= r.end {
		return 0, io.EOF
	}
	if err := r.load(); errors.Is(err, errNoCopy) {
		return 0, io.ErrUnexpectedEOF
	} else if err != nil {
		return 0, err
	}
	from := r.at - r.part*copyPart
	if int64(len(r.value)) <= from {
		return 0, io.ErrUnexpectedEOF
	}
	m := copy(p[:min(int64(len(p)), r.end-r.at)], r.value[from:])
	r.at += int64(m)
	return m, nil
}
