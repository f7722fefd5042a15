package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/media"
)

// perFetch is how many segments one request asks for; one of them is in memory
// at a time.
const perFetch = 64

// SaveAttachment writes one attachment of a message, counted from 0, to w. What
// it writes is checked before, segment after segment; after an error what was
// written is genuine but not all.
func (e *Engine) SaveAttachment(ctx context.Context, id string, index int, w io.Writer) (Attachment, error) {
	a, from, err := e.download(ctx, id, index)
	if err != nil {
		return Attachment{}, err
	}
	if err := from.write(ctx, func(int64) io.Writer { return w }, nil, a.File); err != nil {
		return Attachment{}, err
	}
	return shownAttachment(a), nil
}

// download finds an attachment and where it is to be had.
func (e *Engine) download(ctx context.Context, id string, index int) (a content.Attachment, from *download, err error) {
	err = e.withAccount(ctx, func() error {
		var at *place
		if a, at, err = e.attachmentOf(ctx, id, index); err != nil {
			return err
		}
		var here *copyPlace
		if at.c != nil && index < maxCopied {
			here = &copyPlace{at.c, at.seq, index}
		}
		from, err = e.downloadOf(ctx, a, here)
		return err
	})
	return a, from, err
}

// downloadOf says where an attachment is to be had: here, if it is on its way to the
// server or its copy is whole.
func (e *Engine) downloadOf(ctx context.Context, a content.Attachment, here *copyPlace) (*download, error) {
	host, blob, ok := blob.ParseURL(a.URL)
	if !ok {
		return nil, fault.Failed(nil, "the message says where its file is in a way that this version does not understand")
	}
	if host != e.self.host {
		return nil, fault.Failed(nil, "the file is on another server, %s", host)
	}
	from := &download{server: e.unlockedBlobs(e.transport), blob: blob, progress: e.cfg.Progress, engine: e}
	var err error
	if from.stage, err = e.staged(ctx, blob); err != nil || from.stage != nil || here == nil {
		return from, err
	}
	x, err := e.copied(ctx, *here, blob)
	if x != nil && x.have == x.size {
		from.copy = here
	}
	return from, err
}

// attachmentOf returns an attachment of a message as it is after edits.
func (e *Engine) attachmentOf(ctx context.Context, id string, index int) (content.Attachment, *place, error) {
	at, err := e.findMessage(ctx, id)
	if err != nil {
		return content.Attachment{}, nil, err
	}
	if at.imported != nil {
		list, err := e.importedFiles(ctx, at.id)
		if err != nil {
			return content.Attachment{}, nil, err
		}
		a, err := pick(list, index)
		return a, at, err
	}
	a, err := e.attachmentAt(ctx, at, index)
	return a, at, err
}

// attachmentAt is attachmentOf for a place in a conversation.
func (e *Engine) attachmentAt(ctx context.Context, at *place, index int) (content.Attachment, error) {
	r, now, err := e.shownRecord(ctx, at)
	if err != nil {
		return content.Attachment{}, err
	}
	if now.hidden || now.unsent {
		return content.Attachment{}, fault.Usage("this message was deleted")
	}
	raw := now.content
	if raw == nil {
		if raw, err = e.contentOf(ctx, at.c, r); err != nil {
			return content.Attachment{}, err
		}
	}
	m, err := content.Parse(raw)
	if err != nil {
		return content.Attachment{}, damaged(err, "message")
	}
	return pick(m.View().Attachments, index)
}

func pick(list []content.Attachment, index int) (content.Attachment, error) {
	if index < 0 || index >= len(list) {
		return content.Attachment{}, fault.Usage("this message has no attachment of that number; it has %d", len(list))
	}
	return list[index], nil
}

// download reads a blob from its server.
type download struct {
	server   blob.Server
	blob     blob.ID
	stage    *stage // set while the file is still to be uploaded from here
	copy     *copyPlace
	engine   *Engine // of copy
	progress func(Progress)
}

// opener fetches what it takes to check any part of the file.
func (d *download) opener(ctx context.Context, ref media.Ref) (*media.Opener, error) {
	opener, _, err := d.trailer(ctx, ref)
	return opener, err
}

// write fetches, checks and writes a file; sink writes from an offset on. had, if
// it is not nil, may hold the beginning already, and is gone on from.
func (d *download) write(ctx context.Context, sink func(at int64) io.Writer, had io.ReaderAt, ref media.Ref) error {
	opener, err := d.opener(ctx, ref)
	if err != nil {
		return err
	}
	layout := opener.Layout()
	whole := sha256.New()
	sealed, plain := make([]byte, media.SegmentSize+media.Overhead), []byte(nil)
	var done int64
	next := 0
	if had != nil {
		next = resume(had, opener, func(part []byte) {
			whole.Write(part)
			done += int64(len(part))
		})
	}
	w := sink(done)
	for next < layout.Segments {
		err := d.server.Retry(ctx, func() (progress bool, err error) {
			first := next
			last := min(first+perFetch, layout.Segments) - 1
			from, _ := layout.Segment(first)
			end, length := layout.Segment(last)
			body, err := d.open(ctx, from, end+int64(length)-from)
			if err != nil {
				return false, err
			}
			defer body.Close()
			for ; next <= last; next++ {
				_, length := layout.Segment(next)
				if _, err := io.ReadFull(body, sealed[:length]); err != nil {
					return next > first, blob.CutShort(err)
				}
				if plain, err = opener.Open(plain[:0], next, sealed[:length]); err != nil {
					return false, blob.Wrong(err)
				}
				whole.Write(plain)
				if _, err := w.Write(plain); err != nil {
					return false, fault.Failed(err, "the file cannot be written")
				}
				done += int64(len(plain))
				d.progress(Progress{Task: "download", Done: done, Total: ref.Size})
			}
			return true, nil
		})
		if err != nil {
			return fault.FromServer(err)
		}
	}
	if [sha256.Size]byte(whole.Sum(nil)) != ref.Digest {
		// The blob is the one that the sender's message fixes, so this is no
		// doing of the server.
		return fault.Failed(media.ErrCorrupt, "the sender's message does not fit its own file")
	}
	return nil
}

// read fills p from the blob.
func (d *download) read(ctx context.Context, offset int64, p []byte) error {
	err := d.server.Retry(ctx, func() (bool, error) {
		body, err := d.open(ctx, offset, int64(len(p)))
		if err != nil {
			return false, err
		}
		defer body.Close()
		_, err = io.ReadFull(body, p)
		return false, blob.CutShort(err)
	})
	return fault.FromServer(err)
}

// open asks for n bytes of the blob from offset on.
func (d *download) open(ctx context.Context, offset, n int64) (io.ReadCloser, error) {
	if d.stage != nil {
		return io.NopCloser(&stageReader{ctx: ctx, s: d.stage, at: offset, end: min(offset+n, d.stage.total)}), nil
	}
	if d.copy != nil {
		body, err := d.copyBody(ctx, offset, n)
		if !errors.Is(err, errNoCopy) {
			return body, err
		}
		if err := d.dropCopy(ctx); err != nil {
			return nil, err
		}
	}
	return d.server.Get(ctx, d.blob, offset, n)
}

// stageReader reads a part of a staged file.
type stageReader struct {
	ctx     context.Context
	s       *stage
	at, end int64
}

// Read reads from the chunk at hand.
func (r *stageReader) Read(p []byte) (int, error) {
	if r.at >= r.end {
		return 0, io.EOF
	}
	chunk, err := r.s.Chunk(r.ctx, r.at/blob.ChunkSize)
	if err != nil {
		return 0, err
	}
	n := copy(p, chunk[r.at%blob.ChunkSize:])
	n = int(min(int64(n), r.end-r.at))
	r.at += int64(n)
	return n, nil
}
