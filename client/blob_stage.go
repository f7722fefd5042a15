package client

import (
	"context"
	"io"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// The tables of sealed files that are not at the server yet.
var (
	tableStage     = store.Table("us") // .ID(blob): stage
	tableStageData = store.Table("ud") // .ID(blob).Uint64(i): i-th chunk of ciphertext
)

// stage is a sealed file in the device's store. Since it is the ciphertext that
// is kept, an upload taken up again sends the same bytes.
type stage struct {
	e         *Engine
	blob      blobID
	total     int64
	startedMS uint64
}

const stageVersion = 1

// maxBlob is the size of the largest file's blob.
var maxBlob = func() int64 {
	l, err := media.LayoutOf(media.MaxSize)
	if err != nil {
		panic(err) // MaxSize is in range
	}
	return l.BlobSize()
}()

func (s *stage) append(b []byte) []byte {
	b = syntax.AppendUint16(b, stageVersion)
	b = append(b, s.blob[:]...)
	b = syntax.AppendUint64(b, uint64(s.total))
	return syntax.AppendUint64(b, s.startedMS)
}

func parseStage(v []byte) (*stage, error) {
	r := syntax.NewReader(v)
	version := r.Uint16()
	s := new(stage)
	r.Copy(s.blob[:])
	total := r.Uint64()
	s.startedMS = r.Uint64()
	if r.Err() == nil && (version != stageVersion || total > uint64(maxBlob)) {
		r.Fail(syntax.ErrInvalidValue)
	}
	s.total = int64(total)
	return s, r.Done()
}

func (s *stage) id() blobID  { return s.blob }
func (s *stage) size() int64 { return s.total }

func (s *stage) chunk(ctx context.Context, i int64) ([]byte, error) {
	v, err := s.e.get(ctx, tableStageData.ID(s.blob[:]).Uint64(uint64(i)))
	if err != nil {
		return nil, err
	}
	if int64(len(v)) != min(blobChunk, s.total-i*blobChunk) {
		return nil, damaged(nil, "file to upload")
	}
	return v, nil
}

// keep is a sink of sealFile that writes into the store.
func (s *stage) keep(ctx context.Context, i int64, chunk []byte) error {
	var b store.Batch
	if i == 0 {
		b.Set(tableStage.ID(s.blob[:]).Bytes(), s.append(nil))
	}
	b.Set(tableStageData.ID(s.blob[:]).Uint64(uint64(i)).Bytes(), chunk)
	return s.e.apply(ctx, &b)
}

// drop adds the removal of a staged file to a batch.
func (s *stage) drop(b *store.Batch) {
	b.Delete(tableStage.ID(s.blob[:]).Bytes())
	data := tableStageData.ID(s.blob[:])
	b.DeleteRange(data.Bytes(), data.End())
}

// staged returns the staged file of a blob, nil if it is uploaded.
func (e *Engine) staged(ctx context.Context, id blobID) (*stage, error) {
	v, err := e.get(ctx, tableStage.ID(id[:]))
	if err != nil || v == nil {
		return nil, err
	}
	s, err := parseStage(v)
	if err != nil || s.blob != id {
		return nil, damaged(err, "file to upload")
	}
	s.e = e
	return s, nil
}

// heldBlob is a small sealed file in memory.
type heldBlob struct {
	blob blobID
	data []byte
}

func (h *heldBlob) id() blobID  { return h.blob }
func (h *heldBlob) size() int64 { return int64(len(h.data)) }

func (h *heldBlob) chunk(_ context.Context, i int64) ([]byte, error) {
	return h.data[i*blobChunk : min((i+1)*blobChunk, int64(len(h.data)))], nil
}

// sealFile seals size bytes of r under a fresh key and hands the blob out in
// chunks of blobChunk bytes, the last one shorter. Each chunk is a slice of its
// own.
func (e *Engine) sealFile(r io.Reader, size int64, sink func(i int64, chunk []byte) error) (media.Ref, error) {
	key, err := media.NewKey(e.cfg.Rand)
	if err != nil {
		return media.Ref{}, fault.Failed(err, "no randomness")
	}
	sealer, err := media.NewSealer(key, size)
	if err != nil {
		return media.Ref{}, fault.Usage("a file can have up to 1 GiB")
	}
	left := sealer.Layout().BlobSize()
	var chunk []byte
	var n int64
	add := func(sealed []byte) error {
		for len(sealed) > 0 {
			if chunk == nil {
				chunk = make([]byte, 0, min(blobChunk, left))
			}
			k := min(len(sealed), cap(chunk)-len(chunk))
			chunk = append(chunk, sealed[:k]...)
			sealed = sealed[k:]
			if len(chunk) == cap(chunk) {
				if err := sink(n, chunk); err != nil {
					return err
				}
				left -= int64(len(chunk))
				n, chunk = n+1, nil
			}
		}
		return nil
	}
	content, sealed := make([]byte, min(size, media.SegmentSize)), []byte(nil)
	for want, more := sealer.Next(); more; want, more = sealer.Next() {
		if _, err := io.ReadFull(r, content[:want]); err != nil {
			return media.Ref{}, fault.Failed(err, "the file cannot be read, or is shorter than it was")
		}
		if sealed, err = sealer.Seal(sealed[:0], content[:want]); err != nil {
			return media.Ref{}, fault.Failed(err, "the file cannot be sealed")
		}
		if err := add(sealed); err != nil {
			return media.Ref{}, err
		}
	}
	trailer, ref, err := sealer.Finish()
	if err != nil {
		return media.Ref{}, fault.Failed(err, "the file cannot be sealed")
	}
	return ref, add(trailer)
}
