package client

import (
	"context"
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
)

// Why says why a message cannot be read here.
type Why string

// The reasons. That the vault was off, or on, follows from what accounts have
// signed; where nothing does, there is no reason to give. The first two are told
// apart by the time at which the server accepted the entry.
const (
	// WhyVaultOff: the own vault was off, so that it was kept for this account
	// only on the devices that took part then.
	WhyVaultOff Why = "vaultOff"
	// WhyVaultUnheard: the own vault was on again by then, and nobody in the
	// conversation had committed to it yet.
	WhyVaultUnheard Why = "vaultUnheard"
	// WhyDeposit: it should be kept for this account, and what its committer
	// deposited does not open.
	WhyDeposit Why = "deposit"
)

var whyWords = map[Why]string{
	WhyVaultOff:     "sent while your vault was off",
	WhyVaultUnheard: "sent after you had turned your vault on again, before this conversation heard of it",
	WhyDeposit:      "what was deposited for you does not open",
}

// Words is the reason for people, "" for none.
func (w Why) Words() string { return whyWords[w] }

// whyUnread tells why a stored entry that opens for nobody here does not.
func (e *Engine) whyUnread(ctx context.Context, c *conversation, r *record) (Why, error) {
	if err := e.loadWalk(ctx, c); err != nil {
		return "", err
	}
	row, err := e.epochAt(ctx, c, r.seq)
	if err != nil || row == nil || isLeaf(row.record, e.self.id, e.self.device.ID()) {
		return "", err // a member could have read it: whoever wrote it is to blame
	}
	off, turnedOn := e.offIn(row)
	switch {
	case !off && row.secrets == nil && e.depositedFor(row):
		return WhyDeposit, nil
	case !off:
		return "", nil
	case turnedOn != 0 && r.atMS >= turnedOn:
		return WhyVaultUnheard, nil
	}
	return WhyVaultOff, nil
}

// offIn reports whether the own vault was off in an epoch: by the head of the own
// chain that the committer signed in the epoch's table, and by what the own chain,
// signed by this account alone, says at that head. A server has no part in it; one
// that withholds a deposit of any other epoch breaks a promise (epochSecrets).
// turnedOn is when the chain says that it was turned on next, 0 for never.
func (e *Engine) offIn(row *epochRow) (off bool, turnedOn uint64) {
	at, listed := row.heads[e.self.id]
	chain := e.self.chain
	if !listed || !e.takesPart(row.record) || at > chain.Head().Seq || chain.VaultOnAt(at) {
		return false, 0
	}
	for _, x := range chain.Entries(at) {
		if x.Type() == account.BodyVault && x.Seq > at && chain.VaultOnAt(x.Seq) {
			return true, x.Time
		}
	}
	return true, 0
}

func (e *Engine) depositedFor(row *epochRow) bool {
	at, listed := row.heads[e.self.id]
	return listed && e.takesPart(row.record) && e.self.chain.VaultOnAt(at)
}

// unkeptIn finds the messages of a conversation that were sent in epochs in which
// the own vault was off: of all of them those that are not here, or, for a device
// that asks what a restore would lack, those that are, too.
func (e *Engine) unkeptIn(ctx context.Context, c *conversation, here bool) ([]Gap, error) {
	if err := e.loadWalk(ctx, c); err != nil || c.pos == nil || !c.st.known() {
		return nil, err
	}
	cleared, err := e.clearedTo(ctx, c)
	if err != nil {
		return nil, err
	}
	floating, err := e.loadMarks(ctx, c, floatingMarks)
	if err != nil {
		return nil, err
	}
	found := map[Why]*Gap{}
	end := c.st.Top.Seq
	var failed error
	err = e.backwards(ctx, c, c.here(), func(_ epochID, row *epochRow) bool {
		from := max(row.seq+1, c.st.Bottom.Seq, cleared+1)
		if off, turnedOn := e.offIn(row); off && from <= end {
			member := isLeaf(row.record, e.self.id, e.self.device.ID())
			failed = e.eachMessage(ctx, c, from, end, floating, func(r *record) {
				if r.kind == recordMessage && !here || r.kind != recordMessage && member {
					return
				}
				why := WhyVaultOff
				if turnedOn != 0 && r.atMS >= turnedOn {
					why = WhyVaultUnheard
				}
				if found[why] == nil {
					found[why] = &Gap{Conversation: c.id, Name: e.label(ctx, c), From: r.seq, To: r.seq, Reason: why.Words()}
				}
				g := found[why]
				g.Messages, g.From, g.To = g.Messages+1, min(g.From, r.seq), max(g.To, r.seq)
			})
		}
		end = min(end, max(row.seq, 1)-1)
		return failed != nil || end < max(c.st.Bottom.Seq, cleared+1)
	})
	var out []Gap
	for _, why := range []Why{WhyVaultOff, WhyVaultUnheard} {
		if g := found[why]; g != nil {
			out = append(out, *g)
		}
	}
	if err == nil {
		err = failed
	}
	return out, err
}

// eachMessage calls f with the records of what were messages, and neither taken
// back nor deleted since: those that are here, that do not open, and whose body the
// server has dropped.
func (e *Engine) eachMessage(ctx context.Context, c *conversation, from, to uint64, floating []*mark, f func(*record)) error {
	last, _ := pageOf(to)
	for n, _ := pageOf(from); n <= last; n++ {
		p, err := e.loadPage(ctx, c, n)
		if err != nil {
			return err
		}
		marks, err := e.loadMarks(ctx, c, n)
		if err != nil {
			return err
		}
		marks = append(slices.Clip(marks), floating...)
		for _, r := range p {
			if r == nil || r.seq < from || r.seq > to || slices.Contains(c.st.Missing, r.seq) {
				continue
			}
			if r.kind != recordMessage && r.kind != recordUnreadable && r.kind != recordErased {
				continue
			}
			if now := effectOf(r, marks); !now.hidden && !now.unsent {
				f(r)
			}
		}
	}
	return nil
}

// unkept finds them in all conversations.
func (e *Engine) unkept(ctx context.Context, list []*conversation, here bool) ([]Gap, error) {
	if !e.vaultWasOff() {
		return nil, nil
	}
	var out []Gap
	for _, c := range list {
		gaps, err := e.unkeptIn(ctx, c, here)
		if err != nil {
			return nil, err
		}
		out = append(out, gaps...)
	}
	return out, nil
}

// checkUnkept counts what a restore would not bring back because the account did
// not want it kept. That is how it was to be, and is named.
func (e *Engine) checkUnkept(ctx context.Context, v *Vault, list []*conversation) (Check, error) {
	k := Check{Name: "not kept", State: CheckOK}
	gaps, err := e.unkept(ctx, list, true)
	if err != nil {
		return k, err
	}
	in := map[convo.ID]bool{}
	v.Unkept = 0
	for _, g := range gaps {
		v.Unkept += g.Messages
		in[g.Conversation] = true
	}
	k.say("nothing was sent while your vault was off")
	if v.Unkept > 0 {
		k.say("%s in %s, sent while your vault was off: no restore brings them back, only devices of that time have them",
			counted{int(v.Unkept), "message"}, counted{len(in), "conversation"})
	}
	return k, nil
}
