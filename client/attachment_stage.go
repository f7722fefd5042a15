package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/store"
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
	blob      blob.ID
	total     int64
	startedMS uint64
}

const stageVersion = 1

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
	if r.Err() == nil && (version != stageVersion || total > uint64(blob.MaxSize())) {
		r.Fail(syntax.ErrInvalidValue)
	}
	s.total = int64(total)
	return s, r.Done()
}

// ID names the blob.
func (s *stage) ID() blob.ID { return s.blob }

// Size is the blob's in bytes.
func (s *stage) Size() int64 { return s.total }

// Chunk returns a part of it from the store.
func (s *stage) Chunk(ctx context.Context, i int64) ([]byte, error) {
	v, err := s.e.get(ctx, tableStageData.ID(s.blob[:]).Uint64(uint64(i)))
	if err != nil {
		return nil, err
	}
	if int64(len(v)) != min(blob.ChunkSize, s.total-i*blob.ChunkSize) {
		return nil, damaged(nil, "file to upload")
	}
	return v, nil
}

// keep is a sink of blob.Seal that writes into the store.
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
func (e *Engine) staged(ctx context.Context, id blob.ID) (*stage, error) {
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
