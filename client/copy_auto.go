package client

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// The tables of copies that come by themselves (spec/storage.md).
var (
	keyAutoCopies = store.Table("dc").Uint64(0) // AutoCopies
	tableAutoDone = store.Table("dd")           // .ID(conversation): up to which entry they were seen to
)

// AutoCopies says which attachments come to this device by themselves, behind the
// messages. It stays on the device.
type AutoCopies struct {
	On   bool
	Days int   // of messages of so many last days
	UpTo int64 // of at most so many bytes each
}

// Bounds of AutoCopies, and what holds unless it is set. A device on which other
// calls must not wait long (Config.Stepwise) has them off.
const (
	DefaultCopyDays = 30
	MaxCopyDays     = 3650
	maxCopyUpTo     = 1 << 40
)

func (a *AutoCopies) bytes() []byte {
	b := syntax.AppendBool(syntax.AppendUint16(nil, 1), a.On)
	return syntax.AppendUint64(syntax.AppendUint32(b, uint32(a.Days)), uint64(a.UpTo))
}

func parseAutoCopies(v []byte) (a AutoCopies, err error) {
	r := syntax.NewReader(v)
	if version := r.Uint16(); r.Err() == nil && version != 1 {
		r.Fail(syntax.ErrInvalidValue)
	}
	on, days, size := r.Bool(), r.Uint32(), r.Uint64()
	if r.Err() == nil && (days < 1 || days > MaxCopyDays || size < 1 || size > maxCopyUpTo) {
		r.Fail(syntax.ErrInvalidValue)
	}
	return AutoCopies{on, int(days), int64(size)}, r.Done()
}

// AutoCopies returns what was set.
func (e *Engine) AutoCopies(ctx context.Context) (a AutoCopies, err error) {
	err = e.locked(ctx, func() error {
		a, err = e.autoCopies(ctx)
		return err
	})
	return a, err
}

func (e *Engine) autoCopies(ctx context.Context) (AutoCopies, error) {
	v, err := e.get(ctx, keyAutoCopies)
	if err != nil || v == nil {
		return AutoCopies{On: !e.cfg.Stepwise, Days: DefaultCopyDays, UpTo: DefaultCopyLimit}, err
	}
	a, err := parseAutoCopies(v)
	if err != nil {
		return a, damaged(err, "copies of files")
	}
	return a, nil
}

// SetAutoCopies sets which attachments come by themselves. What is here stays.
func (e *Engine) SetAutoCopies(ctx context.Context, a AutoCopies) error {
	if a.Days < 1 || a.Days > MaxCopyDays {
		return fault.Usage("attachments come by themselves of the last 1 to %d days", MaxCopyDays)
	}
	if a.UpTo < 1 || a.UpTo > maxCopyUpTo {
		return fault.Usage("this is no size of a file")
	}
	return e.locked(ctx, func() error {
		before, err := e.autoCopies(ctx)
		if err != nil || before == a {
			return err
		}
		var b store.Batch
		b.Set(keyAutoCopies.Bytes(), a.bytes())
		b.DeleteRange(tableAutoDone.Bytes(), tableAutoDone.End())
		return e.apply(ctx, &b)
	})
}

// FetchRecent brings the attachments here that are to come by themselves, the newest
// first, once all messages are here. Between files and parts of files other calls go
// on; what was cut short is gone on from. Each is tried until the server has
// answered, and then never again: FetchAttachments does.
func (e *Engine) FetchRecent(ctx context.Context) (Fetched, error) {
	return e.fetchRecent(ctx, e.cfg.Progress)
}

func (e *Engine) fetchRecent(ctx context.Context, progress func(Progress)) (f Fetched, err error) {
	var ids []convo.ID
	var set AutoCopies
	err = e.withAccount(ctx, func() error {
		if set, err = e.autoCopies(ctx); err != nil || !set.On {
			return err
		}
		list, err := e.allConvs(ctx)
		if err != nil || e.unfinished(ctx, list) != nil {
			return err
		}
		for _, c := range list {
			if c.st.known() {
				ids = append(ids, c.id)
			}
		}
		return nil
	})
	var list []wantedCopy
	seen := map[convo.ID]uint64{} // what is seen to afterwards
	for _, id := range ids {
		if err == nil {
			err = e.withAccount(ctx, func() error {
				found, top, err := e.recentCopies(ctx, id, set.Days)
				if top > 0 {
					seen[id], list = top, append(list, found...)
				}
				return err
			})
		}
	}
	if err != nil || len(seen) == 0 {
		return f, err
	}
	slices.SortStableFunc(list, func(a, b wantedCopy) int { return cmp.Compare(b.atMS, a.atMS) })
	left := 0
	if len(list) > 0 {
		err = e.withAccount(ctx, func() error {
			here, err := e.copiesHere(ctx)
			list, left = withinRoom(list, here, maxAutoKept, set.UpTo)
			return err
		})
		if err != nil {
			return f, err
		}
	}
	f, err = e.fetchList(ctx, list, set.UpTo, progress)
	f.Large += left
	if ctx.Err() != nil || err != nil && fault.KindOf(err) == fault.KindUnreachable {
		return f, err
	}
	kept := e.withAccount(ctx, func() error {
		var b store.Batch
		for id, top := range seen {
			b.Set(tableAutoDone.ID(id[:]).Bytes(), syntax.AppendUint64(syntax.AppendUint16(nil, 1), top))
		}
		return e.apply(ctx, &b)
	})
	return f, cmp.Or(err, kept)
}

// recentCopies lists the attachments of a conversation's last days that were not
// seen to, and up to which entry that is; 0 where there is nothing to see to.
func (e *Engine) recentCopies(ctx context.Context, id convo.ID, days int) (out []wantedCopy, top uint64, err error) {
	c, err := e.conv(ctx, id)
	if err != nil || c == nil {
		return nil, 0, err
	}
	v, err := e.get(ctx, tableAutoDone.ID(id[:]))
	if err != nil {
		return nil, 0, err
	}
	done := uint64(0)
	if v != nil {
		r := syntax.NewReader(v)
		if version := r.Uint16(); r.Err() == nil && version != 1 {
			r.Fail(syntax.ErrInvalidValue)
		}
		if done = r.Uint64(); r.Done() != nil {
			return nil, 0, damaged(r.Err(), "copies of files")
		}
	}
	since := uint64(max(e.cfg.Now().Add(-time.Duration(days)*24*time.Hour).UnixMilli(), 0))
	if done >= c.st.Top.Seq || c.st.ActivityMS < since {
		return nil, 0, nil
	}
	if stranger, err := e.isRequest(ctx, c); err != nil || stranger {
		return nil, 0, err
	}
	out, err = e.wantedCopiesOf(ctx, c, done, since)
	return out, c.st.Top.Seq, err
}
