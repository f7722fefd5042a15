package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
)

// tableDoomed holds own blobs that are to be deleted at the server: .ID(blob). A
// row stays until the server has done it, so that neither a crash nor a server
// that is away keeps a file alive.
var tableDoomed = store.Table("bd")

func setDoomed(b *store.Batch, blob blob.ID) { b.Set(tableDoomed.ID(blob[:]).Bytes(), blob[:]) }

// doomFiles adds to the fold's batch that an own message's files are to go.
func (f *fold) doomFiles(ctx context.Context, r *record) error {
	raw, err := f.e.contentOf(ctx, f.c, r)
	if err != nil {
		return err
	}
	m, err := content.Parse(raw)
	if err != nil {
		return nil // it has been scrubbed before
	}
	doom(f.b, m)
	return nil
}

// doom adds to a batch that the files of an own message are to go. Those of a
// forwarded message are the first message's.
func doom(b *store.Batch, m *content.Message) {
	if isForward(m) {
		return
	}
	for _, a := range m.View().Attachments {
		if blob, ok := blob.Of(a.URL); ok {
			setDoomed(b, blob)
		}
	}
}

// deleteDoomed deletes at the server what is to go. What cannot be reached stays
// for the next time.
func (e *Engine) deleteDoomed(ctx context.Context) error {
	var list [][32]byte
	err := e.cfg.Store.Scan(ctx, tableDoomed.Range(), func(_, v []byte) error {
		if len(v) != len(blob.ID{}) {
			return damaged(nil, "files to delete")
		}
		list = append(list, blob.ID(v))
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range list {
		// One that is another account's was never to be deleted here.
		if err := e.deleteBlob(ctx, id); err != nil && !errors.Is(err, blob.ErrForeign) {
			return err
		}
		var b store.Batch
		b.Delete(tableDoomed.ID(id[:]).Bytes())
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	return nil
}
