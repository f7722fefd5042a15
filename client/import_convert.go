package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/mediatype"
	"github.com/coffer-chat/coffer/client/messenger"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/media"
	"github.com/coffer-chat/coffer/core/payload"
)

const (
	// maxImportFiles and maxImportReactions, in bytes, bound one message, so that
	// it fits into an entry of the private log.
	maxImportFiles     = 128
	maxImportReactions = 64 << 10
	// maxImportPreviews is how many files of a message get a preview, and
	// maxImportPreview the size of one in bytes: a history has many.
	maxImportPreviews = 16
	maxImportPreview  = 3 << 10
	// importHeld is the size up to which a file is held in memory while it is
	// uploaded; larger ones go through the store.
	importHeld = 8 << 20
	// maxImportCache is how many uploaded files are remembered.
	maxImportCache = 4096
)

// convert makes a message of the export one of ours, and uploads its files.
func (x *messengerImport) convert(ctx context.Context, id content.MessageID, m *messenger.Message) (payload.ImportedMessage, error) {
	out := payload.ImportedMessage{ID: id, TimeMS: uint64(m.Time.UnixMilli()), Sender: m.Sender, Unsent: m.Kind == messenger.KindUnsent}
	if out.Unsent {
		return out, nil
	}
	room := maxImportReactions
	for _, r := range m.Reactions {
		if room -= len(r.Actor) + len(r.Emoji) + 8; room < 0 {
			x.problem("a message of " + m.Time.Format(time.DateTime) + ": only its first reactions are kept")
			break
		}
		out.Reactions = append(out.Reactions, payload.ImportedReaction{Actor: r.Actor, Emoji: r.Emoji})
	}
	lines := textOf(m)
	if len(m.Attachments) > maxImportFiles {
		x.problem(fmt.Sprintf("a message of %s: only the first %d files are kept", m.Time.Format(time.DateTime), maxImportFiles))
	}
	for i, a := range m.Attachments[:min(len(m.Attachments), maxImportFiles)] {
		previews := maxImportPreview
		if i >= maxImportPreviews {
			previews = 0
		}
		file, ok, err := x.upload(ctx, a, previews)
		if err != nil {
			return out, err
		}
		if !ok {
			lines = append(lines, "["+content.FileName(a.Name)+" could not be imported]")
			continue
		}
		out.Files = append(out.Files, file)
	}
	out.Text = strings.Join(lines, "\n")
	return out, nil
}

// textOf returns a message's text, with a link or a call as lines of it.
func textOf(m *messenger.Message) []string {
	var lines []string
	if m.Text != "" {
		lines = append(lines, m.Text)
	}
	if m.Kind == messenger.KindCall {
		switch {
		case m.CallSeconds > 0:
			lines = append(lines, "[call: "+(time.Duration(m.CallSeconds)*time.Second).String()+"]")
		case m.Text == "":
			lines = append(lines, "[missed call]")
		}
	}
	if m.Link != "" && !strings.Contains(m.Text, m.Link) {
		lines = append(lines, m.Link)
	}
	return lines
}

// upload seals and uploads a file of the export. ok is false, and the problem is
// named, for one that cannot be had or that the server does not take.
func (x *messengerImport) upload(ctx context.Context, a messenger.Attachment, maxPreview int) (file content.Attachment, ok bool, err error) {
	refuse := func(err error) (content.Attachment, bool, error) {
		name := a.Path
		if name == "" {
			name = a.Name
		}
		x.problem(name + ": " + err.Error())
		return content.Attachment{}, false, nil
	}
	if a.Err != nil {
		return refuse(a.Err)
	}
	if a.Size < 0 || a.Size > media.MaxSize {
		return refuse(blob.ErrTooLarge)
	}
	if file, ok := x.files[a.Path]; ok {
		return file, true, nil
	}
	r, err := x.export.OpenFile(a)
	if err != nil {
		return refuse(err)
	}
	defer r.Close()
	watched := &errorReader{r: r}
	err = x.e.withAccount(ctx, func() (err error) {
		if a.Size <= importHeld {
			file, err = x.e.uploadHeld(ctx, watched, a, maxPreview)
		} else {
			file, err = x.e.uploadStaged(ctx, watched, a)
		}
		return err
	})
	switch {
	case err == nil:
	case watched.err != nil:
		return refuse(watched.err)
	case errors.Is(err, blob.ErrTooLarge):
		return refuse(err)
	default:
		return content.Attachment{}, false, err
	}
	x.out.Attachments++
	if len(x.files) < maxImportCache {
		x.files[a.Path] = file
	}
	return file, true, nil
}

// uploadHeld uploads a file that fits into memory.
func (e *Engine) uploadHeld(ctx context.Context, r io.Reader, a messenger.Attachment, maxPreview int) (content.Attachment, error) {
	plain, err := io.ReadAll(r)
	if err != nil {
		return content.Attachment{}, err
	}
	held := &blob.Held{}
	if err := e.random(held.Name[:]); err != nil {
		return content.Attachment{}, err
	}
	ref, err := blob.Seal(e.cfg.Rand, bytes.NewReader(plain), int64(len(plain)), func(_ int64, chunk []byte) error {
		held.Data = append(held.Data, chunk...)
		return nil
	})
	if err != nil {
		return content.Attachment{}, err
	}
	if err := e.putBlob(ctx, held, false, func(int64) {}); err != nil {
		return content.Attachment{}, err
	}
	open := func() io.Reader { return bytes.NewReader(plain) }
	return describe(held.Name.URL(e.self.host), ref, a.Name, typeOf(plain, a), open, maxPreview), nil
}

// uploadStaged uploads a large file by way of the store.
func (e *Engine) uploadStaged(ctx context.Context, r io.Reader, a messenger.Attachment) (content.Attachment, error) {
	if err := e.dropOrphans(ctx); err != nil {
		return content.Attachment{}, err
	}
	s, err := e.newStage(a.Size)
	if err != nil {
		return content.Attachment{}, err
	}
	drop := func() error {
		var b store.Batch
		s.drop(&b)
		return e.apply(ctx, &b)
	}
	var head []byte
	ref, err := blob.Seal(e.cfg.Rand, &headReader{r: r, head: &head}, a.Size, func(i int64, chunk []byte) error { return s.keep(ctx, i, chunk) })
	if err == nil {
		// A zip file's checksum is compared at its end only.
		if _, end := io.ReadFull(r, make([]byte, 1)); end != io.EOF {
			err = fault.Failed(end, "the file is not as long as the export says")
		}
	}
	if err == nil {
		err = e.putBlob(ctx, s, false, func(int64) {})
	}
	if err != nil {
		return content.Attachment{}, errors.Join(err, drop())
	}
	if err := drop(); err != nil {
		return content.Attachment{}, err
	}
	open := func() io.Reader { return bytes.NewReader(head) }
	return describe(s.blob.URL(e.self.host), ref, a.Name, typeOf(head, a), open, 0), nil
}

// typeOf prefers what a file's bytes say to what the export's name says.
func typeOf(head []byte, a messenger.Attachment) string {
	if t := mediatype.Guess(head[:min(len(head), mediatype.Head)], a.Name); t != mediatype.Unknown {
		return t
	}
	return a.MediaType
}

// errorReader remembers that the export, not anything else, has failed.
type errorReader struct {
	r   io.Reader
	err error
}

// Read reads on.
func (r *errorReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// headReader keeps the first bytes of what goes through it.
type headReader struct {
	r    io.Reader
	head *[]byte
}

// Read reads on.
func (r *headReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if missing := mediatype.Head - len(*r.head); missing > 0 {
		*r.head = append(*r.head, p[:min(n, missing)]...)
	}
	return n, err
}
