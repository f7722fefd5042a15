package client

import (
	"context"
	"io"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/media"
)

// PartialFile is a file that an attachment is saved to, and that may hold the
// beginning of it from an attempt that was cut short. *os.File is one.
type PartialFile interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

// ResumeAttachment is SaveAttachment into a file that may hold part of the
// attachment already: what is verified there is not fetched again, and after an
// error what is there can be gone on from. Whatever the file held before, at the
// end it is the attachment.
func (e *Engine) ResumeAttachment(ctx context.Context, id string, index int, f PartialFile) (Attachment, error) {
	a, from, err := e.download(ctx, id, index)
	if err != nil {
		return Attachment{}, err
	}
	if err := from.write(ctx, func(at int64) io.Writer { return io.NewOffsetWriter(f, at) }, f, a.File); err != nil {
		return Attachment{}, err
	}
	if err := f.Truncate(a.File.Size); err != nil {
		return Attachment{}, fault.Failed(err, "the file cannot be written")
	}
	return shownAttachment(a), nil
}

// ReadAttachment reads up to len(p) bytes of an attachment from an offset, fetching
// no more of it than the segments that hold them, each of which is verified. At the
// attachment's end it returns what there is.
func (e *Engine) ReadAttachment(ctx context.Context, id string, index int, p []byte, offset int64) (int, error) {
	a, from, err := e.download(ctx, id, index)
	if err != nil {
		return 0, err
	}
	if offset < 0 || offset > a.File.Size {
		return 0, fault.Usage("the attachment has %d bytes; there is nothing at %d", a.File.Size, offset)
	}
	p = p[:min(int64(len(p)), a.File.Size-offset)]
	opener, err := from.opener(ctx, a.File)
	if err != nil || len(p) == 0 {
		return 0, err
	}
	layout := opener.Layout()
	n := 0
	for i := int(offset / media.SegmentSize); n < len(p); i++ {
		at, length := layout.Segment(i)
		sealed := make([]byte, length)
		if err := from.read(ctx, at, sealed); err != nil {
			return n, err
		}
		plain, err := opener.Open(nil, i, sealed)
		if err != nil {
			return n, blob.Wrong(err)
		}
		n += copy(p[n:], plain[offset+int64(n)-int64(i)*media.SegmentSize:])
	}
	return n, nil
}

// resume reads the segments that a file holds from its beginning on, and returns
// how many are genuine. seen is told of their content.
func resume(f io.ReaderAt, opener *media.Opener, seen func([]byte)) int {
	layout := opener.Layout()
	buf := make([]byte, media.SegmentSize)
	for i := range layout.Segments {
		part := buf[:layout.Content(i)]
		n, _ := f.ReadAt(part, int64(i)*media.SegmentSize)
		if n < len(part) || !opener.Holds(i, part) {
			return i
		}
		seen(part)
	}
	return layout.Segments
}

func shownAttachment(a content.Attachment) Attachment {
	return Attachment{Name: a.Name, Size: a.File.Size, MediaType: a.MediaType, SHA256: a.File.Digest}
}
