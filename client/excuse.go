package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/core/content"
	"github.com/coffer-chat/coffer/core/convo"
)

// clockSlack is by how much the server's clock may be ahead of this device's
// before a body that it erased on time seems erased too early.
const clockSlack = 10 * time.Minute

// excused reports whether a body may be missing because of what the entry itself
// says, or because the account has cleared it; unsends and deletions of single
// messages are looked at when the run is finished. The server's word for the time
// does not count here: it is the one that is to be excused. The time of the log's
// own entries does, because all others in the conversation see it too.
func (f *fold) excused(ctx context.Context, o *opened) (bool, error) {
	if cleared, err := f.cleared(ctx, o.entry.Seq); err != nil || cleared {
		return cleared, err
	}
	at := o.header.EraseAfterMS
	if at == 0 || !(content.Expiration{Seconds: uint32(min(at/1000, 1<<32-1))}).Plausible(o.entry.AcceptedMS) {
		return false, nil
	}
	own := uint64(max(f.e.cfg.Now().Add(clockSlack).UnixMilli(), 0))
	return at <= max(own, f.latestMS, f.c.st.ActivityMS, f.c.st.CommitMS), nil
}

// erasedBefore reports whether an erased entry is older than this account's part in
// the conversation: it could not read the unsend that excuses it, and misses nothing.
// What it was given of that time counts as its own.
func (f *fold) erasedBefore(ctx context.Context, x *convo.Entry) bool {
	row, err := f.e.epochAt(ctx, f.c, x.Seq)
	if err != nil || row == nil || f.e.takesPart(row.record) {
		return false
	}
	by, err := f.e.givenBy(ctx, f.c, x.Seq)
	return err == nil && by.IsZero()
}
