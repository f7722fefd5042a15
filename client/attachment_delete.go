package client

import (
	"context"
	"errors"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
)

// deleteBlob deletes a blob that this account has uploaded.
func (e *Engine) deleteBlob(ctx context.Context, id blobID) error {
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
	token := deletionToken(e.self.roots.At(1), id)
	defer clear(token)
	err = retry(ctx, func() (bool, error) { return false, e.blobs().delete(ctx, id, token) })
	var mine *fault.Error
	if errors.As(err, &mine) {
		return err
	}
	return fault.FromServer(err)
}

// blobOf returns the blob that an attachment's URL names.
func blobOf(url string) ([32]byte, bool) {
	_, id, ok := parseBlobURL(url)
	return id, ok
}
