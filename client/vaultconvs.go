package client

import (
	"bytes"
	"context"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/core/convo"
)

// checkConversations checks what secure storage means for conversations: that
// the server holds, for each epoch, a deposit that opens to the epoch's secrets;
// that entries picked at random come back, verify and open; what checkpoints there
// are; and that no removal is uncovered.
func (e *Engine) checkConversations(ctx context.Context, v *Vault) ([]Check, error) {
	list, err := e.allConvs(ctx)
	if err != nil {
		return nil, err
	}
	var out []Check
	checks := []func(context.Context, []*conversation) (Check, error){
		e.checkEpochs, e.checkSamples, e.checkCheckpoints, e.checkRemovals,
	}
	if e.vaultWasOff() {
		checks = append(checks, func(ctx context.Context, list []*conversation) (Check, error) { return e.checkUnkept(ctx, v, list) })
	}
	for _, check := range checks {
		c, err := check(ctx, list)
		if err != nil {
			if c, err = asCheck(c.Name, err); err != nil {
				return nil, err
			}
		}
		c.CheckedAt = e.cfg.Now().UTC()
		out = append(out, c)
	}
	return out, nil
}

// checkEpochs opens every deposit that the server holds for this account.
func (e *Engine) checkEpochs(ctx context.Context, list []*conversation) (Check, error) {
	k := Check{Name: "deposits", State: CheckOK}
	right, wrong := 0, 0
	for _, c := range list {
		if err := e.loadWalk(ctx, c); err != nil {
			return k, err
		}
		if c.pos == nil {
			continue
		}
		r, w, err := e.checkConvEpochs(ctx, c)
		if err != nil {
			return k, err
		}
		right, wrong = right+r, wrong+w
	}
	k.say("%d opened, one for each epoch of %s", right, counted{len(list), "conversation"})
	if wrong > 0 {
		k.State = CheckDegraded
		k.say("%d epochs have a deposit that does not open; another device in these conversations can file the right ones", wrong)
	}
	return k, nil
}

func (e *Engine) checkConvEpochs(ctx context.Context, c *conversation) (right, wrong int, err error) {
	for generation := range c.pos.Generation + 1 {
		last := c.pos.Epoch
		if generation < c.pos.Generation {
			before, _ := c.st.before(epochID{generation + 1, 0})
			last = before.epoch
		}
		r, w, err := e.checkGeneration(ctx, c, epochID{generation, last})
		if right, wrong = right+r, wrong+w; err != nil {
			return right, wrong, err
		}
	}
	return right, wrong, nil
}

// checkGeneration checks the deposits of one generation, up to its last epoch.
func (e *Engine) checkGeneration(ctx context.Context, c *conversation, last epochID) (right, wrong int, err error) {
	next := uint64(1)
	for next <= last.epoch {
		r, err := e.conversations().ReadEpochs(ctx, &wire.ReadEpochsRequest{
			Conversation: c.id[:], Generation: last.generation, FromEpoch: next, Limit: perRead,
		})
		if err != nil {
			return right, wrong, fault.FromServer(err)
		}
		if len(r.Bundles) == 0 {
			if c.st.Gone {
				return right, wrong, nil
			}
			return right, wrong, fault.Broken(fault.PromiseStored, nil, "the server lacks what belongs to commits")
		}
		for i := range r.Bundles {
			w := &r.Bundles[i]
			if w.Epoch != next {
				return right, wrong, fault.Broken(fault.PromiseStored, nil, "the server lacks what belongs to a commit")
			}
			next++
			row, err := e.epoch(ctx, c, epochID{last.generation, w.Epoch})
			if err != nil {
				return right, wrong, err
			}
			switch {
			case row == nil || !e.takesPart(row.record) || !e.self.chain.VaultOnAt(row.heads[e.self.id]):
			case w.Deposit == nil && row.secrets == nil:
			case e.depositRight(c, row, w):
				right++
			default:
				wrong++
			}
		}
	}
	return right, wrong, nil
}

// depositRight reports whether the deposit that the server holds, or the one
// filed in its epochID, opens to the epoch's secrets.
func (e *Engine) depositRight(c *conversation, row *epochRow, w *wire.EpochBundle) bool {
	if row.secrets == nil {
		return false
	}
	for _, d := range []*wire.Deposit{w.Deposit, w.Repaired} {
		if d == nil {
			continue
		}
		root := e.self.roots.At(d.VaultEpoch)
		if root == nil {
			continue
		}
		s, err := convo.OpenDeposit(root.KEM(), &convo.DepositPlace{
			Conversation: c.id, Generation: row.record.Generation, Epoch: row.record.Epoch,
			Commit: row.commit, Account: e.self.id, VaultEpoch: d.VaultEpoch,
		}, d.Sealed)
		if err == nil && bytes.Equal(s.EncryptionSecret, row.secrets.EncryptionSecret) &&
			bytes.Equal(s.SenderDataSecret, row.secrets.SenderDataSecret) && s.JoinKey == row.secrets.JoinKey {
			return true
		}
	}
	return false
}

// maxSamples is how many entries a check of health fetches and opens.
const maxSamples = 16

// checkSamples fetches entries picked at random and opens them.
func (e *Engine) checkSamples(ctx context.Context, list []*conversation) (Check, error) {
	k := Check{Name: "sampled messages", State: CheckOK}
	opened := 0
	for range min(maxSamples, 4*len(list)) {
		n, err := e.randomBelow(len(list))
		if err != nil {
			return k, err
		}
		c := list[n]
		if !c.st.known() {
			continue
		}
		at, err := e.randomBelow(int(c.st.Top.Seq - c.st.Bottom.Seq + 1))
		if err != nil {
			return k, err
		}
		ok, err := e.checkSample(ctx, c, c.st.Bottom.Seq+uint64(at))
		if err != nil {
			return k, err
		}
		if ok {
			opened++
		}
	}
	missing := 0
	for _, c := range list {
		missing += len(c.st.Missing)
	}
	if missing > 0 {
		k.State = CheckBroken
		k.say("the server no longer has %d messages, and nothing excuses that", missing)
		return k, nil
	}
	k.say("%d entries picked at random came back, verify and open", opened)
	return k, nil
}

func (e *Engine) checkSample(ctx context.Context, c *conversation, seq uint64) (bool, error) {
	entries, _, err := e.readLog(ctx, c, seq, 1, false)
	if err != nil {
		return false, err
	}
	if len(entries) != 1 || entries[0].Seq != seq {
		return false, fault.Broken(fault.PromiseStored, nil, "the server lacks a log entry that it acknowledged")
	}
	link, ok, err := e.linkAt(ctx, c, seq)
	if err != nil || !ok {
		return false, err
	}
	before, ok, err := e.linkAt(ctx, c, seq-1)
	if err != nil || !ok {
		return false, err
	}
	if err := e.checkRun(&convo.LogHead{Seq: seq - 1, Link: before}, entries); err != nil {
		return false, err
	}
	if entries[0].Link != link {
		return false, fault.Broken(fault.PromiseProved, convo.ErrBadLink, "the server shows another log than before")
	}
	_, err = e.openEntries(ctx, c, entries, nil, false)
	return err == nil, err
}

// checkRemovals counts removals that no commit covers yet.
func (e *Engine) checkRemovals(ctx context.Context, list []*conversation) (Check, error) {
	k := Check{Name: "removals", State: CheckOK}
	pending := 0
	for _, c := range list {
		if c.st.Gone || c.pos == nil {
			continue
		}
		n, err := e.uncovered(ctx, c)
		if err != nil {
			return k, err
		}
		if n > 0 {
			pending++
		}
	}
	k.say("removed devices and participants are out of %s, all there are", counted{len(list), "conversation"})
	if pending > 0 {
		k.State = CheckDegraded
		k.say("removed from %d of %d conversations; sync goes on with it", len(list)-pending, len(list))
	}
	return k, nil
}
