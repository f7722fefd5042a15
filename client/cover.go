package client

import (
	"context"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// due reports whether a commit is due before the next message: because a
// removal that this device knows of is not covered, or the keys are old.
func (e *Engine) due(ctx context.Context, c *conversation) (bool, error) {
	if c.st.Top.Seq >= c.pos.Seq+commitEveryMessages {
		return true, nil
	}
	// Times of commits are the server's. Where one made just now is as old, this
	// device's clock is wrong, and another commit would not help.
	age := e.serverNow().UnixMilli() - int64(c.st.CommitMS)
	old := c.st.CommitMS > 0 && age > commitEvery.Milliseconds()
	if old && !c.renewed {
		c.renewed = true
		return true, nil
	}
	c.renewed = old
	if due, err := e.leafDue(ctx, c); due || err != nil {
		return due, err
	}
	n, err := e.uncovered(ctx, c)
	return n > 0, err
}

// uncovered counts the removals that this device knows of and that the group
// does not cover yet: leaves that may not stay, and participants whose keyholders
// were removed, or whose vault was switched, since the newest commit's head table
// (DESIGN 5.4, 5.7).
func (e *Engine) uncovered(ctx context.Context, c *conversation) (int, error) {
	n := 0
	if c.st.Kind != convo.Direct {
		n = len(c.st.Leaving)
	}
	chains := map[account.ID]*account.Chain{}
	for _, head := range c.pos.Table {
		chain, err := e.storedChain(ctx, head.Account)
		if err != nil {
			return 0, err
		}
		chains[head.Account] = chain
		if chain != nil && coverSince(chain, head.Head.Seq) {
			n++
		}
	}
	for _, l := range c.pos.Record.Leaves {
		if l == nil || chains[l.Account] == nil {
			continue
		}
		chain := chains[l.Account]
		if !chain.ActiveAt(l.Device, chain.Head().Seq) && !removedSinceTable(c, chain, l) {
			n++
		}
	}
	return n, nil
}

// coverSince reports whether a chain removes a keyholder, or turns the vault on or
// off, after seq.
func coverSince(chain *account.Chain, seq uint64) bool {
	for _, entry := range chain.Entries(seq) {
		if entry.Type().Covered() {
			return true
		}
	}
	return false
}

// removedSinceTable reports whether the device of a leaf was removed after the
// head that the table names: then it is counted already.
func removedSinceTable(c *conversation, chain *account.Chain, l *convo.Leaf) bool {
	head, ok := c.pos.Table.Find(l.Account)
	seq, gone := chain.RemovedAt(l.Device)
	return ok && gone && seq > head.Head.Seq
}
