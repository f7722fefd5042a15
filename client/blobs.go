package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/blob"
)

// blobs is the blob server for callers that hold the device's lock.
func (e *Engine) blobs() blob.Server {
	return blob.Server{Transport: e.transport, Again: e.signInAgain, Waits: e.pauses}
}

// unlockedBlobs is the blob server for callers that do not hold the lock, while
// t is the transport that they saw when they did.
func (e *Engine) unlockedBlobs(t Transport) blob.Server {
	return blob.Server{Transport: t, Waits: e.pauses, Again: func(ctx context.Context) error {
		return e.withAccount(ctx, func() error { return e.signInAgain(ctx) })
	}}
}

func (e *Engine) signInAgain(ctx context.Context) error {
	if err := e.signIn(ctx, e.self.device, e.self.id, e.self.host); err != nil {
		return err
	}
	return e.saveSession(ctx)
}

// putBlob uploads a blob (blob.Server.Upload) that this account can delete.
func (e *Engine) putBlob(ctx context.Context, s blob.Sealed, resumed bool, note func(int64)) error {
	token := blob.DeletionToken(e.self.roots.At(1), s.ID())
	deletion := blob.DeletionHash(token)
	clear(token)
	return e.blobs().Upload(ctx, s, deletion, resumed, note)
}
