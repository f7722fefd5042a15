package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
)

// begin takes a conversation's creation entry.
func (e *Engine) begin(b *store.Batch, c *conversation, x *convo.Entry) error {
	pos, public, err := convo.Begin(x.Body)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server accepted a conversation that cannot be")
	}
	if pos.ID != c.id || pos.State.Facts.Host != string(e.self.host) {
		return fault.Broken(fault.PromiseProved, convo.ErrWrongID, "the server gave a conversation the id of another")
	}
	c.public = public
	c.st.Generations = []generation{{from: x.Seq, suite: pos.Context.CipherSuite}}
	c.moveTo(pos, x.AcceptedMS)
	f := pos.State.Facts
	c.st.Peer = f.Peer
	if f.Kind == convo.Direct && f.Creator != e.self.id {
		c.st.Peer = f.Creator
	}
	return c.keepEpoch(b, &epochRow{record: pos.Record, commit: convo.HashPart(x.Body), seq: x.Seq})
}

// walk takes the next commit: verifies it, advances the group, and keeps its
// epoch's record and secrets. One that was walked before is held against what
// was kept.
func (e *Engine) walk(ctx context.Context, b *store.Batch, c *conversation, x *convo.Entry, w *wire.EpochBundle) error {
	h, err := mls.ParseHeader(x.Body)
	if err != nil || c.pos == nil {
		return fault.Broken(fault.PromiseProved, err, "the server accepted what is no commit")
	}
	at, err := placeOf(h)
	if err != nil {
		return fault.Broken(fault.PromiseProved, err, "the server accepted what is no commit")
	}
	if at.generation < c.pos.Generation || at.generation == c.pos.Generation && at.epoch < c.pos.Epoch {
		row, err := e.epoch(ctx, c, at.next())
		if err != nil {
			return err
		}
		shown := fault.Broken(fault.PromiseProved, nil, "the server shows another commit than before")
		if row == nil || row.commit != convo.HashPart(x.Body) {
			return shown
		}
		if row.seq != x.Seq || row.atMS != x.AcceptedMS {
			return errors.Join(shown, e.correctEpoch(ctx, c, row, x))
		}
		return nil
	}
	next, err := e.walkNext(ctx, b, c, x, w, laterChecks{})
	if err != nil {
		return err
	}
	next.open(e)
	if next.sealed != nil && next.sealed.wrong {
		c.accuse(next.sealed.place)
	}
	c.st.Stuck = c.stuckAfter(next)
	return c.keepEpoch(b, next.row)
}

// laterChecks take a commit's checks of signatures, where they are not to be run
// at once: those of the commit and its leaves, and the committer's over record
// and deposits.
type laterChecks struct{ commit, bundle mls.Later }

// walked is a commit that was walked.
type walked struct {
	row *epochRow
	// sealed is the deposit that holds the epoch's secrets; nil where the row has
	// them, or there is none.
	sealed *sealedSecrets
	// member, failed and deposited say whether this device was a member after the
	// commit, whether it was one before and could not process it, and whether this
	// account should find a deposit.
	member, failed, deposited bool
}

// open opens the deposit, where there is one.
func (w *walked) open(e *Engine) {
	if w.sealed != nil {
		w.row.secrets = w.sealed.open(e.kemOf(w.sealed.place.VaultEpoch))
	}
}

// walkNext verifies the next commit and advances the group.
func (e *Engine) walkNext(ctx context.Context, b *store.Batch, c *conversation, x *convo.Entry, w *wire.EpochBundle, later laterChecks) (*walked, error) {
	h, err := mls.ParseHeader(x.Body)
	if err != nil {
		return nil, fault.Broken(fault.PromiseProved, err, "the server accepted what is no commit")
	}
	if w == nil || w.Generation != c.pos.Generation || w.Seq != x.Seq || w.Epoch != h.Epoch+1 || len(w.DepositRoot) != 32 {
		return nil, fault.Broken(fault.PromiseStored, nil, "the server lacks what belongs to a commit")
	}
	logged := &convo.LoggedCommit{
		Seq: x.Seq, Sender: x.Sender, Message: x.Body, Left: c.st.left(), Later: later.commit, BundleLater: later.bundle,
		Bundle: &convo.Bundle{
			Table: w.HeadTable, Record: w.Record, DepositRoot: [32]byte(w.DepositRoot),
			DepositCount: w.DepositCount, Signature: w.Signature,
		},
	}
	before := c.pos
	c.failed = false
	pos, err := e.step(ctx, c, logged)
	if err != nil {
		return nil, err
	}
	lenient, err := e.lenient(ctx, before, pos)
	if err != nil {
		return nil, err
	}
	c.st.CommitMS = x.AcceptedMS
	c.st.Signed = newSigned(logged)
	secrets, sealed, err := e.epochSecrets(ctx, c, pos, logged, w)
	if err != nil {
		return nil, err
	}
	if err := e.pinNew(ctx, b, before.Table, pos.Table); err != nil {
		return nil, err
	}
	e.noteLeaf(b, before, pos)
	c.moveTo(pos, x.AcceptedMS)
	row := &epochRow{
		record: pos.Record, commit: convo.HashPart(x.Body), seq: x.Seq, secrets: secrets, heads: map[account.ID]uint64{},
		atMS: x.AcceptedMS, lenient: lenient,
	}
	for _, head := range pos.Table {
		row.heads[head.Account] = head.Head.Seq
	}
	return &walked{row: row, sealed: sealed, member: c.group != nil, failed: c.failed, deposited: e.hasDeposit(pos)}, nil
}

// pinNew pins the handles of participants that this device meets here first, so
// that no other account can come under them later (DESIGN 4.6).
func (e *Engine) pinNew(ctx context.Context, b *store.Batch, before, after account.HeadTable) error {
	for _, head := range after {
		if _, known := before.Find(head.Account); known {
			continue
		}
		v, err := e.get(ctx, tableContact.ID([]byte(head.Handle)))
		if err != nil {
			return err
		}
		if v == nil {
			e.pinContact(b, head.Handle, head.Account)
		}
	}
	return nil
}

// step judges a commit and advances the group, or the public group.
func (e *Engine) step(ctx context.Context, c *conversation, l *convo.LoggedCommit) (*convo.Position, error) {
	chains := e.chainSource(ctx)
	if c.group != nil {
		pos, err := e.stepMember(ctx, c, l, chains)
		if !errors.Is(err, errStepPublicly) {
			return pos, judged(err)
		}
		if err := c.toPublic(e); err != nil {
			return nil, err
		}
	}
	if _, err := e.ownCommit(ctx, c, l.Message); err != nil {
		return nil, err
	}
	pos, public, err := c.pos.Walk(c.public, l, chains)
	if errors.Is(err, convo.ErrNotEntitled) {
		// The excuse may be a leave entry that this walk has not met, because it
		// goes from commit to commit.
		if l.Left, err = e.leavesBefore(ctx, c, l.Seq); err != nil {
			return nil, err
		}
		pos, public, err = c.pos.Walk(c.public, l, chains)
	}
	if err != nil {
		return nil, judged(err)
	}
	c.public = public
	return pos, e.takeJoining(c, pos)
}

var errStepPublicly = errors.New("client: commit is not for this member")

func (e *Engine) stepMember(ctx context.Context, c *conversation, l *convo.LoggedCommit, chains convo.Chains) (*convo.Position, error) {
	if own := c.staged; own != nil && bytes.Equal(own.Message, l.Message) {
		pos, err := c.pos.WalkMember(c.group, own, l, chains)
		if err == nil {
			c.group, c.staged = own.Group(), nil
		}
		return pos, err
	}
	if mine, err := e.ownCommit(ctx, c, l.Message); mine || err != nil {
		return nil, cmp.Or(err, errStepPublicly)
	}
	staged, err := c.group.Process(l.Message, mls.ProcessOptions{PSK: c.joinPSK, Parallel: e.cfg.Parallel})
	if err != nil || staged.SelfRemoved() {
		// Not for this device, or it cannot follow: it reads on like a device
		// that is no member. Whether the commit may be is judged all the same.
		// A commit by a copy of this very device is nobody's fault but its own.
		c.failed = err != nil && l.Sender != (convo.Sender{Account: e.self.id, Device: e.self.device.ID()})
		return nil, errStepPublicly
	}
	pos, err := c.pos.WalkMember(c.group, staged, l, chains)
	if errors.Is(err, convo.ErrBadRecord) {
		// Only a member sees that the record's external_pub is another one than
		// the commit leads to. If nothing else is wrong, nobody else can go on.
		c.failed = true
		return nil, errStepPublicly
	}
	if err == nil {
		c.group = staged.Group()
	}
	return pos, err
}

// ownCommit reports whether a commit is one that this device was making when it
// was interrupted, and makes its group the one to join.
func (e *Engine) ownCommit(ctx context.Context, c *conversation, message []byte) (bool, error) {
	if c.nonePending {
		return false, nil
	}
	v, err := e.getParts(ctx, tablePending.ID(c.id[:]))
	if err != nil || v == nil {
		c.nonePending = err == nil
		return false, err
	}
	r := syntax.NewReader(v)
	hash, state, sender := r.Fixed(32), r.Opaque(), r.Opaque()
	if err := r.Done(); err != nil {
		return false, damaged(err, "commit under way")
	}
	if want := convo.HashPart(message); !bytes.Equal(hash, want[:]) {
		return false, nil
	}
	if c.joining, err = mls.LoadGroup(state, sender); err != nil {
		return false, damaged(err, "commit under way")
	}
	return true, nil
}

// setPending adds a commit that is about to be posted to a batch: without it, a
// crash after the server's acceptance would cost this device its membership.
func (c *conversation) setPending(b *store.Batch, staged *mls.StagedCommit) error {
	state, err := staged.Group().MarshalBinary()
	if err != nil {
		return fault.Failed(err, "the group cannot be saved")
	}
	sender, err := staged.Group().MarshalSender()
	if err != nil {
		return fault.Failed(err, "the group cannot be saved")
	}
	c.nonePending = false
	hash := convo.HashPart(staged.Message)
	v := syntax.AppendOpaque(hash[:], state)
	setParts(b, tablePending.ID(c.id[:]), syntax.AppendOpaque(v, sender))
	return nil
}

// joinPSK hands a member the join key that external commits inject.
func (c *conversation) joinPSK(id mls.PreSharedKeyID) (mls.Secret, bool) {
	want := convo.JoinKeyID(c.id, c.pos.Generation, c.pos.Epoch)
	if c.group == nil || id.Type != mls.PSKExternal || !bytes.Equal(id.ID, want) {
		return nil, false
	}
	key, err := c.group.Export(convo.ExportJoinKey, nil, convo.JoinKeySize)
	return key, err == nil
}

// toPublic gives up membership and goes on as a reader.
func (c *conversation) toPublic(e *Engine) error {
	info, err := c.group.GroupInfo(e.cfg.Rand, mls.GroupInfoOptions{ExternalPub: true, Tree: true})
	if err != nil {
		return fault.Failed(err, "the group cannot be followed")
	}
	public, err := mls.NewPublicGroup(info, nil, mls.ProcessOptions{Parallel: e.cfg.Parallel})
	if err != nil {
		return fault.Failed(err, "the group cannot be followed")
	}
	c.group, c.public = nil, public
	return nil
}

// takeJoining makes the group of a Welcome the own one once the walk has reached
// its epoch; it must be the very epoch that was walked.
func (e *Engine) takeJoining(c *conversation, pos *convo.Position) error {
	if c.joining == nil || c.joining.Epoch() != pos.Epoch || !bytes.Equal(c.joining.GroupID(), pos.Context.GroupID) {
		return nil
	}
	g := c.joining
	c.joining = nil
	if !bytes.Equal(g.ContextBytes(), pos.Record.GroupContext) {
		return nil // not this group: stay a reader, and join when needed
	}
	pub, err := g.ExternalPub()
	if err != nil || !bytes.Equal(pub, pos.Record.ExternalPub) {
		return nil
	}
	c.group, c.public = g, nil
	return nil
}

// judged is the error of a commit that the server should have refused.
func judged(err error) error {
	var mine *fault.Error
	if err == nil || errors.As(err, &mine) {
		return err
	}
	p := fault.PromiseProved
	for _, e := range []error{convo.ErrNotADevice, convo.ErrNotEntitled, convo.ErrNoJoinKey, convo.ErrNotUncovered} {
		if errors.Is(err, e) {
			p = fault.PromiseEncrypted
		}
	}
	return fault.Broken(p, err, "the server accepted a commit that may not be")
}

// leavesBefore returns the accounts that posted a leave entry before seq.
func (e *Engine) leavesBefore(ctx context.Context, c *conversation, seq uint64) (map[account.ID]bool, error) {
	left := c.st.left()
	for from := uint64(1); from < seq; {
		entries, _, err := e.readLog(ctx, c, from, perRead, false)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			break
		}
		for _, x := range entries {
			if x.Kind == convo.EntryLeave && x.Seq < seq {
				if err := e.verifyLeave(ctx, c, x); err != nil {
					return nil, err
				}
				left[x.Sender.Account] = true
			}
		}
		from = entries[len(entries)-1].Seq + 1
	}
	return left, nil
}

// verifyLeave verifies a leave entry with the device's key.
func (e *Engine) verifyLeave(ctx context.Context, c *conversation, x *convo.Entry) error {
	l, err := convo.ParseLeave(x.Body)
	if err != nil || l.Conversation != c.id || l.Account != x.Sender.Account || l.Device != x.Sender.Device {
		return fault.Broken(fault.PromiseProved, err, "the server accepted a leave entry that cannot be")
	}
	chain, err := e.storedChain(ctx, l.Account)
	if err != nil {
		return err
	}
	if chain == nil || !slices.ContainsFunc(chain.AllKeyholders(), func(k account.Keyholder) bool { return k.ID == l.Device }) {
		if chain, err = e.freshChain(ctx, l.Account); err != nil {
			return err
		}
	}
	k, ok := chain.Keyholder(l.Device)
	if !ok || l.Verify(k.SignatureKey) != nil {
		return fault.Broken(fault.PromiseProved, nil, "the server accepted a leave entry that does not verify")
	}
	added, err := e.addedBefore(ctx, c, l.Account, x.Seq)
	if err != nil {
		return err
	}
	if l.Log.Seq < added || l.Log.Seq >= x.Seq {
		return fault.Broken(fault.PromiseProved, nil, "the server posted a leave entry again that was meant before the account was added anew")
	}
	return nil
}

// addedBefore returns the seq of the commit that last made an account a
// participant before the entry seq, so that an old leave entry cannot put out
// who was added anew.
func (e *Engine) addedBefore(ctx context.Context, c *conversation, id account.ID, seq uint64) (uint64, error) {
	if c.pos == nil {
		return 0, nil
	}
	added := uint64(0)
	err := e.backwards(ctx, c, c.here(), func(_ epochID, row *epochRow) bool {
		if row.seq >= seq {
			return false
		}
		if _, in := row.participants().Role(id); !in {
			return true
		}
		added = row.seq
		return false
	})
	return added, err
}
