package client

import (
	"context"
	"time"

	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// tableForgotten holds up to which MLS epoch nothing is left to forget:
// .ID(conversation).
var tableForgotten = store.Table("cx")

// forgetAfter is how long after the end of an epoch its keys are kept: for what
// the server may still accept, and for clocks that differ.
const forgetAfter = grace + time.Minute

// vaultWasOff reports whether the own vault was ever turned off. Where it was not,
// every epoch is deposited for this account, and there is nothing to forget.
func (e *Engine) vaultWasOff() bool {
	for _, entry := range e.self.chain.Entries(0) {
		if entry.Type() == account.BodyVault {
			return true
		}
	}
	return false
}

// forgetEpochs erases the secrets of epochs that are over where nobody's vault was
// on: with them goes the last key that opens the epoch's messages, here as
// everywhere (DESIGN 5.7). What they opened stays as it is shown.
func (e *Engine) forgetEpochs(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil || e.self == nil || !e.vaultWasOff() {
		return err
	}
	for _, c := range list {
		if err := e.forgetEpochsOf(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) forgetEpochsOf(ctx context.Context, c *conversation) error {
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil || c.group == nil {
		return err
	}
	v, err := e.get(ctx, tableForgotten.ID(c.id[:]))
	if err != nil {
		return err
	}
	before, err := parseForgotten(v)
	if err != nil {
		return err
	}
	done := before
	var b store.Batch
	var gone []*epochRow
	for n := c.st.after(done); n != c.here(); n = c.st.after(n) {
		row, err := e.epoch(ctx, c, n)
		if err != nil {
			return err
		}
		next, err := e.epoch(ctx, c, c.st.after(n))
		if err != nil {
			return err
		}
		if row == nil || next == nil {
			break // not walked yet
		}
		deposited, err := e.deposited(ctx, row)
		if err != nil {
			return err
		}
		if !deposited && row.secrets != nil {
			if !e.isOver(c, row, next) {
				break
			}
			gone = append(gone, row)
		}
		done = n
	}
	if done == before {
		return nil
	}
	for _, row := range gone {
		row.secrets.Erase()
		row.secrets, row.reader = nil, nil
		b.Set(epochKey(c, row.id()).Bytes(), row.append(nil))
	}
	b.Set(tableForgotten.ID(c.id[:]).Bytes(), done.append(nil))
	return e.apply(ctx, &b)
}

func (p epochID) append(b []byte) []byte {
	return syntax.AppendUint64(syntax.AppendUint32(b, p.generation), p.epoch)
}

// parseForgotten reads up to which epoch nothing is left to forget; nil is none.
func parseForgotten(v []byte) (epochID, error) {
	if v == nil {
		return epochID{}, nil
	}
	r := syntax.NewReader(v)
	p := epochID{r.Uint32(), r.Uint64()}
	if err := r.Done(); err != nil {
		return p, damaged(err, "epochs forgotten")
	}
	return p, nil
}

// isOver reports whether no message of an epoch can come any more, and all there
// were are stored.
func (e *Engine) isOver(c *conversation, row, next *epochRow) bool {
	late := time.UnixMilli(int64(next.atMS)).Add(forgetAfter)
	return (!next.lenient || late.Before(e.serverNow())) && c.st.Bottom.Seq <= row.seq && c.st.Top.Seq >= next.seq
}

// deposited reports whether somebody's vault was on in an epoch.
func (e *Engine) deposited(ctx context.Context, row *epochRow) (bool, error) {
	for id, seq := range row.heads {
		chain, err := e.storedChain(ctx, id)
		if err != nil {
			return true, err
		}
		if chain == nil || seq > chain.Head().Seq || chain.VaultOnAt(seq) {
			return true, nil
		}
	}
	return false, nil
}
