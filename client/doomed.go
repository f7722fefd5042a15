package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
)

// tableDoomed holds own blobs that are to be deleted at the server, .ID(blob), and
// claims on blobs that are to be taken back: .ID(blob, letGo) the uploader's,
// .ID(blob, message id) a forward's. A row stays until the server has done it, so that neither a crash nor a server
// that is away keeps a file alive.
var tableDoomed = store.Table("bd")

func setDoomed(b *store.Batch, blob blob.ID) { b.Set(tableDoomed.ID(blob[:]).Bytes(), blob[:]) }

// setLetGo adds that the uploader needs a blob no more, and forwards may.
func setLetGo(b *store.Batch, name blob.ID) {
	claim := append(name[:len(name):len(name)], letGo)
	b.Set(tableDoomed.ID(claim).Bytes(), claim)
}

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
	doom(f.b, m, r.id)
	return nil
}

// doom adds to a batch that the files of an own message are to go. Those of a
// forwarded message are the first message's: only its claim goes.
func doom(b *store.Batch, m *content.Message, id content.MessageID) {
	for _, a := range m.View().Attachments {
		name, ok := blob.Of(a.URL)
		switch {
		case !ok:
		case isForward(m):
			claim := claimOf(m, id, name)
			b.Set(tableDoomed.ID(claim).Bytes(), claim)
		default:
			setDoomed(b, name)
		}
	}
}

// deleteDoomed deletes at the server what is to go. What cannot be reached stays
// for the next time.
func (e *Engine) deleteDoomed(ctx context.Context) error {
	var list [][]byte
	err := e.cfg.Store.Scan(ctx, tableDoomed.Range(), func(_, v []byte) error {
		if n := len(v); n != len(blob.ID{}) && n != len(blob.ID{})+1 && n != len(blob.ID{})+content.MessageIDSize {
			return damaged(nil, "files to delete")
		}
		list = append(list, append([]byte(nil), v...))
		return nil
	})
	if err != nil {
		return err
	}
	for _, v := range list {
		// One that is another account's was never to be deleted here.
		if err := e.deleteOne(ctx, v); err != nil && !errors.Is(err, blob.ErrForeign) {
			return err
		}
		var b store.Batch
		b.Delete(tableDoomed.ID(v).Bytes())
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	return nil
}

// deleteOne does what a row of tableDoomed says.
func (e *Engine) deleteOne(ctx context.Context, v []byte) error {
	name, claim := blob.ID(v), v[len(blob.ID{}):]
	var token []byte
	switch len(claim) {
	case 0:
		return e.deleteBlob(ctx, name)
	case 1:
		token = blob.DeletionToken(e.self.roots.At(1), name)
	default:
		token = blob.HoldToken(e.self.roots.At(1), name, content.MessageID(claim))
	}
	defer clear(token)
	return e.blobs().Release(ctx, name, token)
}
