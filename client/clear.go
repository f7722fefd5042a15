package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/core/payload"
	"github.com/coffer-chat/coffer/mls/syntax"
)

var (
	// tableCleared holds up to where a conversation was cleared: .ID(conversation).
	tableCleared = store.Table("cc")
	// tableRelease holds what this device is still to release at the server:
	// .ID(conversation); the value is the id, the next seq and the last.
	tableRelease = store.Table("cw")
)

// Clear deletes all that a conversation holds by now, for the own account only:
// on every device, and for every restore to come.
func (e *Engine) Clear(ctx context.Context, to string) error {
	return e.withAccount(ctx, func() error {
		c, thread, err := e.targetAny(ctx, to)
		if err != nil {
			return err
		}
		x := &payload.Clearing{}
		if thread != nil {
			x.Conversation, x.Imported, x.Seq = thread.ID, true, thread.HeadSeq
		} else {
			if err := e.freshen(ctx, c); err != nil {
				return err
			}
			x.Conversation, x.Seq = c.id, c.st.Top.Seq
		}
		if x.Seq == 0 {
			return nil // nothing was ever in it
		}
		if err := e.appendPrivate(ctx, payload.Payload{Kind: payload.KindClear, Body: x.Bytes()}); err != nil {
			return err
		}
		if err := e.releaseCleared(ctx); fault.KindOf(err) != fault.KindUnreachable {
			return err
		}
		return nil // Sync goes on with it
	})
}

// clearedTo returns the last entry of a conversation that was cleared.
func (e *Engine) clearedTo(ctx context.Context, c *conversation) (uint64, error) {
	if c.clearedTo == nil {
		v, err := e.get(ctx, tableCleared.ID(c.id[:]))
		if err != nil {
			return 0, err
		}
		n := readUint64(v)
		c.clearedTo = &n
	}
	return *c.clearedTo, nil
}

// cleared reports whether an entry is one that the account has cleared.
func (f *fold) cleared(ctx context.Context, seq uint64) (bool, error) {
	to, err := f.e.clearedTo(ctx, f.c)
	return seq <= to, err
}

// applyClearing clears a conversation here. What is not here yet is cleared when
// it comes. own says that this device is the one to tell the server.
func (e *Engine) applyClearing(ctx context.Context, x *payload.Clearing, own bool) error {
	if x.Imported {
		return e.clearImported(ctx, x)
	}
	v, err := e.get(ctx, tableCleared.ID(x.Conversation[:]))
	if err != nil || readUint64(v) >= x.Seq {
		return err
	}
	c, err := e.conv(ctx, x.Conversation)
	if err != nil {
		return err
	}
	if c != nil {
		if err := e.clearPages(ctx, c, x.Seq); err != nil {
			return err
		}
	}
	var b store.Batch
	b.Set(tableCleared.ID(x.Conversation[:]).Bytes(), appendUint64(nil, x.Seq))
	if own {
		setRelease(&b, x.Conversation, readUint64(v)+1, x.Seq)
	}
	if c != nil {
		c.clearedTo = &x.Seq
	}
	if err := e.apply(ctx, &b); err != nil {
		return err
	}
	return e.purgeIndex(ctx)
}

// clearPages blanks the entries of a conversation up to one, a few pages at a
// time; beginning anew after a crash does no harm.
func (e *Engine) clearPages(ctx context.Context, c *conversation, to uint64) error {
	const atATime = 64
	last, _ := pageOf(to)
	first, _ := pageOf(min(c.st.Bottom.Seq, to))
	for n := first; n <= last; n += atATime {
		f := e.newFold(c)
		f.purgeLater = true
		for m := n; m <= min(n+atATime-1, last); m++ {
			if err := f.clearPage(ctx, m, to); err != nil {
				return err
			}
		}
		if err := f.finish(ctx); err != nil {
			e.dropConv(c)
			return err
		}
	}
	return nil
}

func (f *fold) clearPage(ctx context.Context, n, to uint64) error {
	p, err := f.page(ctx, n)
	if err != nil {
		return err
	}
	for _, r := range p {
		if r == nil || r.seq > to || r.kind == recordSilent {
			continue
		}
		if r.kind == recordMessage {
			if err := f.leave(ctx, r); err != nil {
				return err
			}
		}
		if err := f.blank(ctx, r.seq); err != nil {
			return err
		}
	}
	st := &f.c.st
	kept := st.Missing[:0:0]
	for _, seq := range st.Missing {
		if seq > to {
			kept = append(kept, seq)
		}
	}
	st.Missing = kept
	if st.LockedTo <= to {
		st.Locked, st.LockedFrom, st.LockedTo = 0, 0, 0
	}
	return nil
}

// clearImported clears an imported conversation.
func (e *Engine) clearImported(ctx context.Context, x *payload.Clearing) error {
	t, err := e.importedThread(ctx, x.Conversation)
	if err != nil || t == nil {
		return err
	}
	var ids []content.MessageID
	err = t.eachID(ctx, e, func(id content.MessageID, ordinal uint64) {
		if ordinal <= x.Seq {
			ids = append(ids, id)
		}
	})
	if err != nil {
		return err
	}
	return e.hideImported(ctx, nil, ids)
}

func setRelease(b *store.Batch, id convo.ID, next, last uint64) {
	v := appendUint64(append([]byte(nil), id[:]...), next)
	b.Set(tableRelease.ID(id[:]).Bytes(), appendUint64(v, last))
}

// releaseAtOnce is how many entries one call releases.
const releaseAtOnce = 200

// releaseCleared tells the server that this account needs cleared entries no
// more; it goes on where it was interrupted.
func (e *Engine) releaseCleared(ctx context.Context) error {
	type row struct {
		id         convo.ID
		next, last uint64
	}
	var list []row
	err := e.cfg.Store.Scan(ctx, tableRelease.Range(), func(_, v []byte) error {
		r := syntax.NewReader(v)
		var x row
		r.Copy(x.id[:])
		x.next, x.last = r.Uint64(), r.Uint64()
		if r.Done() != nil {
			return damaged(r.Err(), "what is to be released")
		}
		list = append(list, x)
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range list {
		total := x.last - x.next + 1
		for x.next <= x.last {
			var seqs []uint64
			for ; x.next <= x.last && len(seqs) < releaseAtOnce; x.next++ {
				seqs = append(seqs, x.next)
			}
			if err := e.release(ctx, x.id, seqs); err != nil {
				return err
			}
			var b store.Batch
			setRelease(&b, x.id, x.next, x.last)
			if x.next > x.last {
				b.Delete(tableRelease.ID(x.id[:]).Bytes())
			}
			if err := e.apply(ctx, &b); err != nil {
				return err
			}
			e.cfg.Progress(Progress{Task: "release", Done: int64(total - (x.last + 1 - x.next)), Total: int64(total)})
		}
	}
	return nil
}
