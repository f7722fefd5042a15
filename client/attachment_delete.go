package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/store"
)

// deleteBlob deletes a blob that this account has uploaded.
func (e *Engine) deleteBlob(ctx context.Context, id blob.ID) error {
	s, err := e.staged(ctx, id)
	if err != nil {
		return err
	}
	if s != nil {
		var b store.Batch
		s.drop(&b)
		if err := e.apply(ctx, &b); err != nil {
			return err
		}
	}
	token := blob.DeletionToken(e.self.roots.At(1), id)
	defer clear(token)
	return e.blobs().Delete(ctx, id, token)
}
