package client

import (
	"context"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// grace is how long after a lenient commit messages of the epoch before are
// accepted (DESIGN 5.2).
const grace = 30 * time.Second

// inTime returns a message's epoch and refuses a message that is not of the
// epoch that is current at its place in the log, or of the one before within the
// grace: else a server could go on letting in who was removed.
func (e *Engine) inTime(ctx context.Context, c *conversation, x *convo.Entry, at epochID) (*epochRow, error) {
	row, err := e.epoch(ctx, c, at)
	if err != nil {
		return nil, err
	}
	if row == nil || row.seq >= x.Seq || at.epoch == 0 || at.generation != c.st.generationAt(x.Seq) {
		return nil, notInTime()
	}
	next, err := e.epoch(ctx, c, at.next())
	if err != nil {
		return nil, err
	}
	if next == nil || next.seq > x.Seq {
		return row, nil
	}
	if !next.lenient || x.AcceptedMS > next.atMS+uint64(grace.Milliseconds()) {
		return nil, notInTime()
	}
	after, err := e.epoch(ctx, c, at.next().next())
	if err != nil {
		return nil, err
	}
	if after != nil && after.seq < x.Seq {
		return nil, notInTime()
	}
	return row, nil
}

// lenient reports whether a commit removed nobody, be it a participant, a leaf
// or a keyholder, switched no vault and added no participant.
func (e *Engine) lenient(ctx context.Context, before, after *convo.Position) (bool, error) {
	if before.Epoch == 0 || after.TookOut || !slices.Equal(accountsOf(before), accountsOf(after)) {
		return false, nil
	}
	for _, head := range after.Table {
		old, ok := before.Table.Find(head.Account)
		if !ok {
			return false, nil
		}
		chain, err := e.chainAt(ctx, head.Account, head.Head)
		if err != nil {
			return false, err
		}
		for _, entry := range chain.Entries(old.Head.Seq) {
			if entry.Seq <= head.Head.Seq && entry.Type().Covered() {
				return false, nil
			}
		}
	}
	return true, nil
}

func accountsOf(p *convo.Position) []account.ID {
	out := make([]account.ID, len(p.State.Participants))
	for i, q := range p.State.Participants {
		out[i] = q.Account
	}
	return out
}

func notInTime() error {
	return fault.Broken(fault.PromiseEncrypted, nil, "the server accepted a message of an epoch that was over, or had not begun")
}
