package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
)

// SeqAt returns the number of the first entry of a conversation that was sent at
// or after a time (Unix milliseconds), among those that are on this device: the
// place to jump to for a date. It asks the server for nothing, and halves the
// history instead of reading it. 0 means that nothing is that young.
func (e *Engine) SeqAt(ctx context.Context, to string, atMS uint64) (uint64, error) {
	var seq uint64
	err := e.withAccount(ctx, func() error {
		c, thread, err := e.targetAny(ctx, to)
		if err != nil {
			return err
		}
		if thread != nil {
			return fault.Usage("an imported history has no dates to jump to")
		}
		seq, err = e.seqAt(ctx, c, atMS)
		return err
	})
	return seq, err
}

func (e *Engine) seqAt(ctx context.Context, c *conversation, atMS uint64) (uint64, error) {
	if !c.st.known() {
		return 0, nil
	}
	low, _ := pageOf(max(c.st.Bottom.Seq, 1))
	high, _ := pageOf(c.st.Top.Seq) // the last page is not known to be old
	for low < high {
		middle := low + (high-low)/2
		last, err := e.lastTime(ctx, c, low, middle)
		if err != nil {
			return 0, err
		}
		if last < atMS {
			low = middle + 1
		} else {
			high = middle
		}
	}
	for ; low*perPage <= c.st.Top.Seq; low++ {
		pg, err := e.loadPage(ctx, c, low)
		if err != nil {
			return 0, err
		}
		for _, r := range pg {
			if r != nil && r.atMS >= atMS {
				return r.seq, nil
			}
		}
	}
	return 0, nil
}

// lastTime is the time of the last entry with one in a page, or in those below it
// down to from: silent entries have none.
func (e *Engine) lastTime(ctx context.Context, c *conversation, from, n uint64) (uint64, error) {
	for {
		pg, err := e.loadPage(ctx, c, n)
		if err != nil {
			return 0, err
		}
		var last uint64
		for _, r := range pg {
			if r != nil {
				last = max(last, r.atMS)
			}
		}
		if last > 0 || n <= from {
			return last, nil
		}
		n--
	}
}
