package client

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/coffer-chat/coffer/client/blob"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/media"
)

// DefaultCopyLimit is up to what size attachments are fetched unless told otherwise.
const DefaultCopyLimit = 10_000_000

// Fetched is the outcome of FetchAttachments.
type Fetched struct {
	Files int   // that are now here and were not
	Bytes int64 // of these
	Here  int   // that were here before
	Large int   // that were left out because of their size, or for want of room
	Gone  int   // that the server no longer has
}

// wantedCopy is an attachment whose copy is to be here.
type wantedCopy struct {
	conversation convo.ID
	seq, atMS    uint64
	index        int
	size         int64
	own          bool // this account has uploaded it
}

// FetchAttachments brings copies of attachments of at most limit bytes each to this
// device, the newest first, so that they open without the server. Between files and
// parts of files other calls go on. What was cut short is gone on from. Nothing of
// what strangers have sent comes, nor of imported histories.
func (e *Engine) FetchAttachments(ctx context.Context, limit int64) (f Fetched, err error) {
	list, err := e.wantedCopies(ctx)
	if err != nil {
		return f, err
	}
	return e.fetchList(ctx, list, limit, e.cfg.Progress)
}

// fetchList brings copies here, in the list's order.
func (e *Engine) fetchList(ctx context.Context, list []wantedCopy, limit int64, progress func(Progress)) (f Fetched, err error) {
	list = slices.DeleteFunc(list, func(w wantedCopy) bool {
		if w.size > limit {
			f.Large++
		}
		return w.size > limit
	})
	var total, done int64
	for _, w := range list {
		total += w.size
	}
	var errs []error
	for _, w := range list {
		n, err := e.fetchCopy(ctx, w, func(here int64) {
			progress(Progress{Task: "attachments", Done: done + min(here, w.size), Total: total})
		})
		done += w.size
		progress(Progress{Task: "attachments", Done: done, Total: total})
		switch {
		case ctx.Err() != nil:
			return f, ctx.Err()
		case errors.Is(err, blob.ErrNotThere):
			f.Gone++
		case err != nil && fault.KindOf(err) == fault.KindUnreachable:
			return f, errors.Join(append(errs, err)...)
		case err != nil:
			errs = append(errs, err) // one that is wrong must not stop the others
		case n > 0:
			f.Files, f.Bytes = f.Files+1, f.Bytes+w.size
		default:
			f.Here++
		}
	}
	return f, errors.Join(errs...)
}

// wantedCopies lists the attachments of all that is shown on this device, the newest
// first.
func (e *Engine) wantedCopies(ctx context.Context) (out []wantedCopy, err error) {
	var ids []convo.ID
	err = e.withAccount(ctx, func() error {
		list, err := e.allConvs(ctx)
		for _, c := range list {
			ids = append(ids, c.id)
		}
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = e.withAccount(ctx, func() error {
				c, err := e.conv(ctx, id)
				if err != nil || c == nil {
					return err
				}
				if stranger, err := e.isRequest(ctx, c); err != nil || stranger {
					return err
				}
				found, err := e.wantedCopiesOf(ctx, c, 0, 0)
				out = append(out, found...)
				return err
			})
		}
	}
	slices.SortStableFunc(out, func(a, b wantedCopy) int { return cmp.Compare(b.atMS, a.atMS) })
	return out, err
}

// wantedCopiesOf lists those of one conversation, behind an entry and not before a
// time.
func (e *Engine) wantedCopiesOf(ctx context.Context, c *conversation, behind, sinceMS uint64) (out []wantedCopy, err error) {
	floating, err := e.loadMarks(ctx, c, floatingMarks)
	if err != nil {
		return nil, err
	}
	show := e.presenter(c)
	r := tablePage.ID(c.id[:]).Range()
	r.Reverse = true
	err = e.cfg.Store.Scan(ctx, r, func(key, v []byte) error {
		n, _ := store.Last(key)
		list, err := e.pageMessages(ctx, show, n, v, floating, 0)
		old := behind > 0 && n < behind/perPage
		for _, m := range list {
			at := uint64(max(m.Time.UnixMilli(), 0))
			if old = old || at < sinceMS; m.Seq <= behind || at < sinceMS {
				continue
			}
			for i, a := range m.Attachments[:min(len(m.Attachments), maxCopied)] {
				out = append(out, wantedCopy{c.id, m.Seq, at, i, a.Size, m.Sender == e.self.id && !m.Forwarded})
			}
		}
		if err == nil && old {
			err = store.ErrStop
		}
		return err
	})
	return out, err
}

// fetchCopy brings one copy here and returns how much of it came now.
func (e *Engine) fetchCopy(ctx context.Context, w wantedCopy, note func(here int64)) (came int64, err error) {
	var from *download
	var place copyPlace
	var x *copied
	var a content.Attachment
	err = e.withAccount(ctx, func() (err error) {
		if place, a, err = e.shownAt(ctx, w); err != nil || place.c == nil {
			return err
		}
		if from, err = e.downloadOf(ctx, a, &place); err != nil {
			return err
		}
		layout, err := media.LayoutOf(a.File.Size)
		if err != nil {
			return fault.Failed(err, "the message describes a file that cannot be")
		}
		x, err = e.copied(ctx, place, from.blob)
		if x == nil {
			x = &copied{blob: from.blob, size: layout.BlobSize()}
		}
		return err
	})
	if err != nil || x == nil || x.have == x.size || from.stage != nil {
		return 0, err // what waits to be sent is here anyway
	}
	layout, err := media.LayoutOf(a.File.Size)
	if err != nil {
		return 0, fault.Failed(err, "the message describes a file that cannot be")
	}
	opener, trailer, err := from.trailer(ctx, a.File)
	if err != nil {
		return 0, err
	}
	for x.have < x.size {
		part, err := from.part(ctx, layout, opener, trailer, x.have/copyPart)
		if err != nil {
			return came, err
		}
		gone := false
		err = e.withAccount(ctx, func() error {
			// The message may have gone meanwhile, and its copies with it.
			p, _, err := e.shownAt(ctx, w)
			if err != nil || p.c == nil {
				gone = true
				return err
			}
			// So may the parts before this one (FreeStorage).
			now, err := e.copied(ctx, p, x.blob)
			if err != nil {
				return err
			}
			if x.have > 0 && (now == nil || now.have != x.have) {
				gone = true
				return nil
			}
			next := *x
			next.have += int64(len(part))
			var b store.Batch
			b.Set(p.row(x.have/copyPart+1).Bytes(), part)
			b.Set(p.row(0).Bytes(), next.append(nil))
			*x = next
			return e.apply(ctx, &b)
		})
		if err != nil || gone {
			return 0, err
		}
		came += int64(len(part))
		note(x.have)
	}
	return came, nil
}

// shownAt returns an attachment of a message that is still shown; a place without a
// conversation where it is not.
func (e *Engine) shownAt(ctx context.Context, w wantedCopy) (copyPlace, content.Attachment, error) {
	c, err := e.conv(ctx, w.conversation)
	if err != nil || c == nil {
		return copyPlace{}, content.Attachment{}, err
	}
	m, ok, err := e.messageAt(ctx, c, w.seq)
	if err != nil || !ok || m.Unsent || w.index >= len(m.Attachments) {
		return copyPlace{}, content.Attachment{}, err
	}
	a, err := e.attachmentAt(ctx, &place{c: c, seq: w.seq}, w.index)
	return copyPlace{c, w.seq, w.index}, a, err
}

// part fetches one part of a blob, all of whose segments are genuine.
func (d *download) part(ctx context.Context, layout media.Layout, opener *media.Opener, trailer []byte, n int64) ([]byte, error) {
	from := n * copyPart
	to := min(from+copyPart, layout.BlobSize())
	part := make([]byte, to-from)
	body := part[:max(0, min(to, layout.TrailerOffset())-from)]
	if len(body) > 0 {
		if err := d.read(ctx, from, body); err != nil {
			return nil, err
		}
	}
	var plain []byte
	for i := int(n) * copySegments; i < layout.Segments && i < int(n+1)*copySegments; i++ {
		at, length := layout.Segment(i)
		var err error
		if plain, err = opener.Open(plain[:0], i, body[at-from:][:length]); err != nil {
			return nil, blob.Wrong(err)
		}
	}
	if rest := part[len(body):]; len(rest) > 0 {
		copy(rest, trailer[from+int64(len(body))-layout.TrailerOffset():])
	}
	return part, nil
}

// trailer fetches what it takes to check any part of the file, and returns it too.
func (d *download) trailer(ctx context.Context, ref media.Ref) (*media.Opener, []byte, error) {
	layout, err := media.LayoutOf(ref.Size)
	if err != nil {
		return nil, nil, fault.Failed(err, "the message describes a file that cannot be")
	}
	trailer := make([]byte, layout.TrailerSize())
	if err := d.read(ctx, layout.TrailerOffset(), trailer); err != nil {
		return nil, nil, err
	}
	opener, err := media.NewOpener(ref, trailer)
	if err != nil {
		return nil, nil, blob.Wrong(err)
	}
	return opener, trailer, nil
}

// copyBody reads from the copy that is here; errNoCopy if it is not, any more.
func (d *download) copyBody(ctx context.Context, offset, n int64) (io.ReadCloser, error) {
	r := &copyReader{ctx: ctx, e: d.engine, place: *d.copy, at: offset, end: offset + n}
	return io.NopCloser(r), r.load()
}

// dropCopy drops a copy that lacks a part.
func (d *download) dropCopy(ctx context.Context) error {
	here := *d.copy
	d.copy = nil
	return d.engine.withAccount(ctx, func() error {
		x, err := d.engine.copied(ctx, here, d.blob)
		if err != nil || x == nil || x.have < x.size {
			return err // it went as a whole, or comes anew already
		}
		var b store.Batch
		b.DeleteRange(here.row(0).Bytes(), here.row(0xffffffff).Bytes())
		return d.engine.apply(ctx, &b)
	})
}
