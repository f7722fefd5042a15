package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// refetch asks once more for messages that the server no longer had without an
// excuse: it may have them again, and the links say whether they are the same.
// Those that are still missing stay so, and vault status tells.
func (e *Engine) refetch(ctx context.Context, c *conversation) error {
	var back []*convo.Entry
	for _, seq := range c.st.Missing[:min(len(c.st.Missing), maxMended)] {
		before, ok, err := e.linkAt(ctx, c, seq-1)
		if err != nil {
			return err
		}
		if !ok {
			continue // a restore is under way: after it
		}
		entries, _, err := e.readLog(ctx, c, seq, 1, false)
		if err != nil {
			return err
		}
		if len(entries) != 1 || entries[0].Seq != seq {
			return fault.Broken(fault.PromiseStored, nil, "the server withholds entries of a conversation")
		}
		if err := e.checkRun(&convo.LogHead{Seq: seq - 1, Link: before}, entries); err != nil {
			return err
		}
		if link, ok, err := e.linkAt(ctx, c, seq); err != nil {
			return err
		} else if ok && link != entries[0].Link {
			return fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than before")
		}
		if !entries[0].Erased() {
			back = append(back, entries[0])
		}
	}
	if len(back) == 0 {
		return nil
	}
	f := e.newFold(c)
	for _, x := range back {
		n, at := pageOf(x.Seq)
		p, err := f.page(ctx, n)
		if err != nil {
			return err
		}
		p[at] = nil // to be put again
		c.st.Missing = slices.DeleteFunc(slices.Clone(c.st.Missing), func(seq uint64) bool { return seq == x.Seq })
	}
	err := e.foldEntries(ctx, f, back, false)
	if err == nil {
		err = f.finish(ctx)
	}
	if err != nil {
		e.dropConv(c)
	}
	return err
}
