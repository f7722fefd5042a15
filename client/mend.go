package client

import (
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// maxMended bounds for how many epochs one look asks the server.
const maxMended = 32

// mendAll looks in every conversation for messages that the server has again, and
// for deposits that were wrong and that somebody has put right since, and fills the
// gaps that they left.
func (e *Engine) mendAll(ctx context.Context) error {
	list, err := e.allConvs(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if !c.st.Gone {
			if err := e.refetch(ctx, c); err != nil {
				return err
			}
		}
		if c.st.Locked == 0 && c.st.Stuck != convo.ReasonDeposit {
			continue
		}
		if err := e.loadWalk(ctx, c); err != nil {
			return err
		}
		if c.pos == nil {
			continue
		}
		if err := e.mend(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// mend looks for the right deposits of a conversation's epochs whose own deposit
// did not open.
func (e *Engine) mend(ctx context.Context, c *conversation) error {
	var locked []*epochRow
	err := e.backwards(ctx, c, c.here(), func(at epochID, row *epochRow) bool {
		if seq, listed := row.heads[e.self.id]; row.secrets == nil && listed && e.self.chain.VaultOnAt(seq) {
			locked = append(locked, row)
		}
		return len(locked) == maxMended || c.st.Locked > 0 && row.seq < c.st.LockedFrom || c.st.Locked == 0
	})
	if err != nil {
		return err
	}
	for _, row := range locked {
		s, err := e.repaired(ctx, c, row)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if err := e.mendEpoch(ctx, c, row, s); err != nil {
			e.dropConv(c)
			return err
		}
	}
	return nil
}

// repaired returns the secrets of the deposit that was filed in place of a wrong
// one, nil where there is none that opens.
func (e *Engine) repaired(ctx context.Context, c *conversation, row *epochRow) (*convo.Secrets, error) {
	at := row.id()
	r, err := e.conversations().ReadEpochs(ctx, &wire.ReadEpochsRequest{
		Conversation: c.id[:], Generation: at.generation, FromEpoch: at.epoch, Limit: 1,
	})
	if err != nil {
		return nil, fault.FromServer(err)
	}
	if len(r.Bundles) != 1 || r.Bundles[0].Epoch != at.epoch || r.Bundles[0].Repaired == nil {
		return nil, nil
	}
	d := r.Bundles[0].Repaired
	root := e.self.roots.At(d.VaultEpoch)
	if root == nil || len(d.Account) != len(account.ID{}) || account.ID(d.Account) != e.self.id {
		return nil, nil
	}
	s, err := convo.OpenDeposit(e.self.vaultKEM(root), &convo.DepositPlace{
		Conversation: c.id, Generation: at.generation, Epoch: at.epoch,
		Commit: row.commit, Account: e.self.id, VaultEpoch: d.VaultEpoch,
	}, d.Sealed)
	if err != nil {
		return nil, nil // no better than the first
	}
	if s.RecordHash != row.record.Hash() {
		s.Erase()
		return nil, nil
	}
	return s, nil
}

// mendEpoch opens the messages of an epoch whose secrets came late. What opens
// none of them is not kept: whoever filed it may have lied, and another may come.
func (e *Engine) mendEpoch(ctx context.Context, c *conversation, row *epochRow, s *convo.Secrets) error {
	entries, whole, err := e.lockedEntries(ctx, c, row.id())
	if err != nil {
		return err
	}
	if !whole {
		s.Erase()
		return nil // a restore is under way: after it
	}
	reader, err := row.record.Reader(s.History())
	if err != nil {
		return fault.Failed(err, "an epoch's secrets cannot be used")
	}
	opens := len(entries) == 0
	for _, x := range entries {
		if _, _, err := reader.Decrypt(x.Body); err == nil {
			opens = true
			break
		}
	}
	if !opens {
		s.Erase()
		return nil
	}
	f := e.newFold(c)
	row.secrets, row.reader = s, reader
	if err := c.keepEpoch(f.b, row); err != nil {
		return err
	}
	if row.id() == c.here() && c.st.Stuck == convo.ReasonDeposit {
		c.st.Stuck = 0
	}
	c.st.unlock(uint64(len(entries)))
	for _, x := range entries {
		n, at := pageOf(x.Seq)
		p, err := f.page(ctx, n)
		if err != nil {
			return err
		}
		p[at] = nil // to be put again
	}
	if err := e.foldEntries(ctx, f, entries, false); err != nil {
		return err
	}
	return f.finish(ctx)
}

// lockedEntries fetches the messages of an epoch of which none could be opened;
// whole is false while what comes before them is not here.
func (e *Engine) lockedEntries(ctx context.Context, c *conversation, of epochID) (out []*convo.Entry, whole bool, err error) {
	for from := c.st.LockedFrom; c.st.Locked > 0 && from <= c.st.LockedTo; {
		link, ok, err := e.linkAt(ctx, c, from-1)
		if err != nil || !ok {
			return nil, false, err
		}
		entries, _, err := e.readLog(ctx, c, from, int(min(c.st.LockedTo-from+1, perRead)), false)
		if err != nil {
			return nil, false, err
		}
		if err := e.checkRun(&convo.LogHead{Seq: from - 1, Link: link}, entries); err != nil {
			return nil, false, err
		}
		if len(entries) == 0 {
			return nil, false, fault.Broken(fault.PromiseStored, nil, "the server withholds entries of a conversation")
		}
		last := entries[len(entries)-1]
		if link, ok, err = e.linkAt(ctx, c, last.Seq); err != nil {
			return nil, false, err
		} else if ok && link != last.Link {
			return nil, false, fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than before")
		}
		for _, x := range entries {
			if x.Kind == convo.EntryMessage && !x.Erased() && epochOf(x) == of {
				out = append(out, x)
			}
		}
		from = last.Seq + 1
	}
	return out, true, nil
}

// unlock takes back n locked messages, to be counted again if they still do not
// open.
func (s *convState) unlock(n uint64) {
	if s.Locked -= min(n, s.Locked); s.Locked == 0 {
		s.LockedFrom, s.LockedTo = 0, 0
	}
}
