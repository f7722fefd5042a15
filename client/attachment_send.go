package client

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/mediatype"
	"github.com/coffer-chat/coffer/client/preview"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/media"
)

// maxAttachmentPreview is the size of a preview inside a message in bytes.
const maxAttachmentPreview = 8 << 10

// stageLifetime is after what time a staged file that no queued message names is
// dropped: what a crash between sealing and queueing has left.
const stageLifetime = time.Hour

// attach seals a file into the device's store, from where finishUploads brings
// it to the server, and describes it for the message.
func (e *Engine) attach(ctx context.Context, f *File) (content.Attachment, upload, error) {
	if f.Content == nil || f.Size < 0 || f.Size > media.MaxSize {
		return content.Attachment{}, upload{}, fault.Usage("a file can have up to 1 GiB")
	}
	if err := e.dropOrphans(ctx); err != nil {
		return content.Attachment{}, upload{}, err
	}
	open, size, err := cleaned(f)
	if err != nil {
		return content.Attachment{}, upload{}, err
	}
	s, err := e.newStage(size)
	if err != nil {
		return content.Attachment{}, upload{}, err
	}
	ref, err := blob.Seal(e.cfg.Rand, open(), size, func(i int64, chunk []byte) error { return s.keep(ctx, i, chunk) })
	if err != nil {
		return content.Attachment{}, upload{}, err
	}
	limit := maxAttachmentPreview
	if e.cfg.Preview != nil {
		limit = 0
	}
	a := describe(s.blob.URL(e.self.host), ref, f.Name, f.MediaType, open, limit)
	if e.cfg.Preview != nil {
		a.Preview = e.previewOf(f, open)
		a.Inline = a.Preview != nil
	}
	return a, upload{blob: s.blob}, nil
}

// previewOf has a preview made outside, of what is a picture by its first bytes.
func (e *Engine) previewOf(f *File, open func() io.Reader) *content.Preview {
	head := make([]byte, min(f.Size, mediatype.Head))
	n, _ := io.ReadFull(open(), head)
	mediaType := mediatype.Guess(head[:n], "")
	if !strings.HasPrefix(mediaType, "image/") {
		return nil
	}
	small := e.cfg.Preview(mediaType, f.Content, maxAttachmentPreview)
	if len(small) == 0 || len(small) > maxAttachmentPreview {
		return nil
	}
	return &content.Preview{MediaType: "image/jpeg", Data: small}
}

func (e *Engine) newStage(size int64) (*stage, error) {
	l, err := media.LayoutOf(size)
	if err != nil {
		return nil, fault.Usage("a file can have up to 1 GiB")
	}
	s := &stage{e: e, total: l.BlobSize(), startedMS: uint64(e.cfg.Now().UnixMilli())}
	return s, e.random(s.blob[:])
}

// describe makes what a message says of a file.
func describe(url string, ref media.Ref, name, mediaType string, open func() io.Reader, maxPreview int) content.Attachment {
	a := content.Attachment{File: ref, URL: url, Name: content.FileName(name), MediaType: mediaType}
	head := make([]byte, min(ref.Size, mediatype.Head))
	n, _ := io.ReadFull(open(), head)
	if a.MediaType == "" || len(a.MediaType) > content.MaxName {
		a.MediaType = mediatype.Guess(head[:n], a.Name)
	}
	// Whether there is a preview depends on what the file is, not on what it is
	// called.
	a.Preview = preview.Make(mediatype.Guess(head[:n], ""), open, maxPreview)
	a.Inline = a.Preview != nil
	return a
}

// finishUploads uploads what queued messages name and the server does not have
// yet. A file that the server will never take takes its message out of the
// outbox, since it would hold up all that comes after.
func (e *Engine) finishUploads(ctx context.Context, list []*queued) error {
	var total, done int64
	stages := map[*queued][]*stage{}
	for _, q := range list {
		for _, u := range q.uploads {
			s, err := e.staged(ctx, u.blob)
			if err != nil {
				return err
			}
			if s != nil {
				stages[q] = append(stages[q], s)
				total += s.total
			}
		}
	}
	note := func(n int64) {
		done += n
		e.cfg.Progress(Progress{Task: "upload", Done: done, Total: total})
	}
	for _, q := range list {
		for _, s := range stages[q] {
			err := e.putBlob(ctx, s, true, note)
			if errors.Is(err, blob.ErrTooLarge) {
				return errors.Join(&fault.Error{
					Kind: fault.KindRefused, Message: "a file is larger than the server takes; its message was not sent", Mark: blob.ErrTooLarge,
				}, e.dropQueued(ctx, q, stages[q]))
			}
			if err != nil {
				return err
			}
			var b store.Batch
			s.drop(&b)
			if err := e.apply(ctx, &b); err != nil {
				return err
			}
		}
	}
	return nil
}

// dropQueued takes a message that cannot be sent out of the outbox.
func (e *Engine) dropQueued(ctx context.Context, q *queued, stages []*stage) error {
	var b store.Batch
	b.Delete(tableOutbox.Uint64(q.n).Bytes())
	b.Delete(tableSentKey.ID(q.idempotency[:]).Bytes())
	for _, s := range stages {
		s.drop(&b)
	}
	return e.apply(ctx, &b)
}

// dropOrphans drops staged files that no queued message names.
func (e *Engine) dropOrphans(ctx context.Context) error {
	limit := e.cfg.Now().Add(-stageLifetime).UnixMilli()
	var old []*stage
	err := e.cfg.Store.Scan(ctx, tableStage.Range(), func(_, v []byte) error {
		s, err := parseStage(v)
		if err != nil {
			return damaged(err, "file to upload")
		}
		if int64(s.startedMS) < limit {
			old = append(old, s)
		}
		return nil
	})
	if err != nil || len(old) == 0 {
		return err
	}
	waiting, err := e.outbox(ctx, nil)
	if err != nil {
		return err
	}
	named := map[blob.ID]bool{}
	for _, q := range waiting {
		for _, u := range q.uploads {
			named[u.blob] = true
		}
	}
	var b store.Batch
	for _, s := range old {
		if !named[s.blob] {
			s.drop(&b)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return e.apply(ctx, &b)
}
