package client

import (
	"context"

	"github.com/coffer-chat/coffer/client/fault"
)

// SeqAt returns the number of the first entry of a conversation that was sent at
// or after a time (Unix milliseconds), among those that are on this device: the
// place to jump to for a date. It asks the server for nothing, and reads a few pages
// instead of the history. 0 means that nothing is that young.
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
	// Times grow more or less evenly: the place is looked for where it would be then,
	// and every other time in the middle, because histories have pauses.
	lowMS, highMS := uint64(0), uint64(0)
	for round := 0; low < high; round++ {
		middle := low + (high-low)/2
		switch {
		case round == 0:
			middle = low
		case round == 1:
			middle = high - 1
		case round%2 == 0 && lowMS < atMS && atMS <= highMS:
			middle = low + min((high-1-low)*(atMS-lowMS)/(highMS-lowMS), high-1-low)
		}
		last, err := e.lastTime(ctx, c, low, middle)
		if err != nil {
			return 0, err
		}
		if last < atMS {
			low, lowMS = middle+1, last
		} else {
			high, highMS = middle, last
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
