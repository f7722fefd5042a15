package client

import (
	"context"
	"slices"
	"time"

	"github.com/coffer-chat/coffer/api/wire"
	"github.com/coffer-chat/coffer/client/fault"
	"github.com/coffer-chat/coffer/client/store"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
)

// How often, at the latest, a conversation's keys are renewed (DESIGN 5.5).
const (
	commitEveryMessages = 1000
	commitEvery         = 7 * 24 * time.Hour
	commitAttempts      = 8
)

// change is what a commit is to do beside covering removals and renewing keys.
type change struct {
	add    []account.ID
	remove []account.ID
	// roles are new ones of accounts that take part.
	roles map[account.ID]convo.Role
	// devices are further devices of those who take part already.
	devices []*mls.KeyPackage
}

// headTable fetches the participants' chains and returns where they stand.
func (e *Engine) headTable(ctx context.Context, list convo.Participants) (account.HeadTable, error) {
	entries := make([]account.HeadEntry, 0, len(list))
	var others []account.ID
	for _, p := range list {
		if p.Account != e.self.id {
			others = append(others, p.Account)
		} else if err := e.refreshSelf(ctx); err != nil {
			return nil, err
		}
	}
	if err := e.freshChains(ctx, others); err != nil {
		return nil, err
	}
	for _, p := range list {
		chain, err := e.storedChain(ctx, p.Account)
		if err != nil {
			return nil, err
		}
		if chain == nil {
			return nil, fault.Failed(nil, "an account chain is missing")
		}
		entries = append(entries, chain.HeadEntry())
	}
	t, err := account.NewHeadTable(entries)
	if err != nil {
		return nil, fault.Failed(err, "the head table cannot be made")
	}
	return t, nil
}

// commitHeader is a commit's authenticated data.
func (e *Engine) commitHeader(seen convo.LogHead, t account.HeadTable) (*convo.CommitHeader, error) {
	h := &convo.CommitHeader{Log: seen, HeadTable: t.Hash()}
	return h, e.random(h.Idempotency[:])
}

// newLeaf draws a leaf signature key for one conversation and has this device
// certify it.
func (e *Engine) newLeaf(s mls.CipherSuite) (mls.LeafParams, error) {
	key, err := s.GenerateSignatureKey(e.cfg.Rand)
	if err != nil {
		return mls.LeafParams{}, fault.Failed(err, "no randomness")
	}
	identity := e.self.device.CertifyLeaf(e.self.id, key.Public())
	return mls.LeafParams{SignatureKey: key, Credential: mls.BasicCredential(identity.Marshal())}, nil
}

// claim takes a key package for each device that an account has at a head, and
// checks that it is of that device. Devices without one join when they first
// send.
func (e *Engine) claim(ctx context.Context, head account.HeadEntry, s mls.CipherSuite) ([]*mls.KeyPackage, error) {
	chain, err := e.chainAt(ctx, head.Account, head.Head)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(chain.KeyholdersAt(head.Head.Seq), func(k account.Keyholder) bool {
		return k.Kind == account.KindDevice && k.ID != e.self.device.ID()
	}) {
		return nil, nil // there is nobody to add
	}
	r, err := e.account().ClaimKeyPackages(ctx, &wire.ClaimKeyPackagesRequest{Account: head.Account[:], Suite: uint32(s)})
	if err != nil {
		return nil, fault.FromServer(err)
	}
	var out []*mls.KeyPackage
	for _, w := range r.KeyPackages {
		kp, err := mls.ParseKeyPackage(w.KeyPackage)
		if err == nil {
			err = kp.Validate(e.serverNow())
		}
		if err != nil || kp.CipherSuite != s {
			continue // the device's fault, or an old one: it joins by itself
		}
		leaf, identity, err := convo.LeafOf(kp.Leaf)
		if err == nil {
			err = chain.VerifyLeaf(head.Head, identity, kp.Leaf.SignatureKey)
		}
		if err != nil || string(leaf.Device[:]) != string(w.Device) {
			return nil, fault.Broken(fault.PromiseEncrypted, err, "the server hands out a key package that is not of the account's device")
		}
		if leaf.Account != e.self.id || leaf.Device != e.self.device.ID() {
			out = append(out, kp)
		}
	}
	return out, nil
}

// unit makes what is posted with a commit: record, head table, deposits, and the
// signature over them. after are the participants, signer is the key that signed
// the commit.
func (e *Engine) unit(ctx context.Context, before *convo.Position, after convo.Participants, staged *mls.StagedCommit, signer mls.SignaturePrivateKey, t account.HeadTable, h *convo.CommitHeader) (*wire.CommitUnit, *wire.EpochBundle, error) {
	next := staged.Group()
	pub, err := next.ExternalPub()
	if err != nil {
		return nil, nil, fault.Failed(err, "the commit cannot be made")
	}
	record, err := convo.RecordOf(before.Generation, next.Context(), after, pub, next.LeafCount(), next.Members())
	if err != nil {
		return nil, nil, fault.Failed(err, "the commit cannot be made")
	}
	deposits, leaves, err := e.makeDeposits(ctx, before, next, record, staged.Message, t)
	if err != nil {
		return nil, nil, err
	}
	root := convo.DepositRoot(leaves)
	tbs := convo.BundleTBS{
		Conversation: before.ID, Generation: before.Generation, Epoch: next.Epoch(), Commit: convo.HashPart(staged.Message),
		Record: record.Hash(), HeadTable: t.Hash(), DepositRoot: root, DepositCount: uint32(len(leaves)),
	}
	signature, err := next.Suite().SignWithLabel(e.cfg.Rand, signer, convo.BundleLabel, tbs.Bytes())
	if err != nil {
		return nil, nil, fault.Failed(err, "the commit cannot be signed")
	}
	b := &wire.EpochBundle{
		Generation: before.Generation, Epoch: next.Epoch(), HeadTable: t.Since(before.Table).Marshal(), Record: record.AppendChange(nil, before.Record),
		DepositRoot: root[:], Signature: signature, DepositCount: uint32(len(leaves)),
	}
	u := &wire.CommitUnit{
		Commit: staged.Message, Bundle: b, Deposits: deposits, Welcome: staged.Welcome,
		GroupInfo: staged.GroupInfo, IdempotencyKey: h.Idempotency[:],
	}
	return u, ownBundle(b, deposits, leaves, e.self.id), nil
}

// makeDeposits seals the epoch's secrets to the vault of each participant whose
// vault is on at the head table's head, in the order of the table.
func (e *Engine) makeDeposits(ctx context.Context, before *convo.Position, g *mls.Group, record *convo.Record, commit []byte, t account.HeadTable) ([]wire.Deposit, [][32]byte, error) {
	s, err := convo.SecretsOf(g, record)
	if err != nil {
		return nil, nil, fault.Failed(err, "the commit cannot be made")
	}
	defer s.Erase()
	type job struct {
		place  *convo.DepositPlace
		vault  account.KEMPublic
		sealed []byte
		err    error
	}
	var jobs []*job
	for _, head := range t {
		chain, err := e.chainAt(ctx, head.Account, head.Head)
		if err != nil {
			return nil, nil, err
		}
		if v, ok := chain.VaultAt(head.Head.Seq); ok && chain.VaultOnAt(head.Head.Seq) {
			jobs = append(jobs, &job{vault: v.KEM, place: &convo.DepositPlace{
				Conversation: before.ID, Generation: before.Generation, Epoch: g.Epoch(),
				Commit: convo.HashPart(commit), Account: head.Account, VaultEpoch: head.VaultEpoch,
			}})
		}
	}
	e.cfg.Parallel(len(jobs), func(i int) {
		j := jobs[i]
		j.sealed, j.err = convo.DepositFor(g, j.vault, j.place, s)
	})
	deposits := make([]wire.Deposit, len(jobs))
	leaves := make([][32]byte, len(jobs))
	for i, j := range jobs {
		if j.err != nil {
			return nil, nil, fault.Failed(j.err, "a deposit cannot be made")
		}
		deposits[i] = wire.Deposit{Account: j.place.Account[:], VaultEpoch: j.place.VaultEpoch, Sealed: j.sealed}
		leaves[i] = convo.DepositLeaf(j.place.Account, j.place.VaultEpoch, j.sealed)
	}
	return deposits, leaves, nil
}

// ownBundle is the bundle as the server would hand it to this account.
func ownBundle(b *wire.EpochBundle, deposits []wire.Deposit, leaves [][32]byte, id account.ID) *wire.EpochBundle {
	own := *b
	for i := range deposits {
		if string(deposits[i].Account) == string(id[:]) {
			own.Deposit, own.DepositIndex = &deposits[i], uint32(i)
			for _, p := range convo.DepositProof(leaves, i) {
				own.DepositProof = append(own.DepositProof, p[:])
			}
		}
	}
	return &own
}

// commit makes a commit, covers what removals are known, and posts it; it tries
// again on top of what others committed meanwhile. A nil ch only renews and
// covers.
func (e *Engine) commit(ctx context.Context, c *conversation, ch *change) error {
	if ch == nil {
		ch = &change{}
	}
	leased := false
	defer func() {
		if leased {
			e.giveLeaseBack(ctx, c)
		}
	}()
	for try := range commitAttempts {
		if err := e.settlePending(ctx, c); err != nil {
			return err
		}
		if c.group == nil {
			if err := e.enter(ctx, c); err != nil {
				return err
			}
			continue
		}
		if try > 0 || len(c.pos.Record.Leaves) >= leaseLeaves {
			leased = true
			if err := e.awaitLease(ctx, c); err != nil {
				return err
			}
			if err := e.syncConv(ctx, c); err != nil {
				return err
			}
			if c.group == nil {
				continue
			}
		}
		if try > 0 && ch.done(c.st.Participants) {
			return nil // somebody else was faster, with the same
		}
		again, err := e.tryCommit(ctx, c, ch)
		if err == nil && !again {
			leased = false // the server took it back with the commit
		}
		if err != nil || !again {
			return err
		}
		if err := e.pause(ctx, try); err != nil {
			return err
		}
	}
	return &fault.Error{Kind: fault.KindUnreachable, Message: "the conversation keeps changing; try again"}
}

// tryCommit makes one attempt; again says that somebody else was faster.
func (e *Engine) tryCommit(ctx context.Context, c *conversation, ch *change) (again bool, err error) {
	after := ch.apply(c.st.Participants, c.st.Leaving, c.st.Kind)
	t, err := e.headTable(ctx, after)
	if err != nil {
		return false, err
	}
	h, err := e.commitHeader(c.st.Top, t)
	if err != nil {
		return false, err
	}
	o := mls.CommitOptions{ForcePath: true, AuthenticatedData: h.Append(nil), Parallel: e.cfg.Parallel, Now: e.serverNow()}
	if !slices.Equal(after, c.st.Participants) {
		state := convo.State{Facts: c.pos.State.Facts, Participants: after}
		o.Extensions = state.Extensions()
	}
	if o.Remove, err = e.toRemove(ctx, c, t); err != nil {
		return false, err
	}
	for _, id := range participantsDiff(c.st.Participants, after) {
		head, _ := t.Find(id)
		kps, err := e.claim(ctx, head, c.pos.Context.CipherSuite)
		if err != nil {
			return false, err
		}
		o.Add = append(o.Add, kps...)
	}
	stale, err := e.leafStale(ctx, c)
	if err != nil {
		return false, err
	}
	if stale {
		leaf, err := e.newLeaf(c.pos.Context.CipherSuite)
		if err != nil {
			return false, err
		}
		o.Leaf = &leaf
	}
	o.Add = append(o.Add, withoutMembers(ch.devices, c.pos.Record)...)
	staged, err := c.group.Commit(e.cfg.Rand, o)
	if err != nil {
		return false, fault.Failed(err, "the commit cannot be made")
	}
	u, own, err := e.unit(ctx, c.pos, after, staged, c.group.SignatureKey(), t, h)
	if err != nil {
		return false, err
	}
	return e.postCommit(ctx, c, staged, u, own)
}

// apply returns the participants after the change; who has left is left out.
func (ch *change) apply(list convo.Participants, leaving []account.ID, kind convo.Kind) convo.Participants {
	if kind == convo.Direct {
		return list
	}
	for _, id := range append(slices.Clone(ch.remove), leaving...) {
		list = list.Without(id)
	}
	for _, id := range ch.add {
		if _, in := list.Role(id); !in {
			list = list.With(id, convo.Member)
		}
	}
	for id, role := range ch.roles {
		if _, in := list.Role(id); in {
			list = list.With(id, role)
		}
	}
	return list
}

// done reports whether those who were to be added are there, and nothing else was
// asked for.
func (ch *change) done(list convo.Participants) bool {
	if len(ch.add) == 0 || len(ch.remove)+len(ch.roles)+len(ch.devices) > 0 {
		return false
	}
	for _, id := range ch.add {
		if _, in := list.Role(id); !in {
			return false
		}
	}
	return true
}

// toRemove returns the leaves that may not stay: of accounts that are not in the
// table, and of devices that their account had removed at the table's head.
func (e *Engine) toRemove(ctx context.Context, c *conversation, t account.HeadTable) ([]mls.LeafIndex, error) {
	var out []mls.LeafIndex
	for i, l := range c.pos.Record.Leaves {
		if l == nil {
			continue
		}
		gone, err := e.leafGone(ctx, l, t)
		if err != nil {
			return nil, err
		}
		if gone && mls.LeafIndex(i) != c.group.OwnLeaf() {
			out = append(out, mls.LeafIndex(i))
		}
	}
	return out, nil
}

func (e *Engine) leafGone(ctx context.Context, l *convo.Leaf, t account.HeadTable) (bool, error) {
	head, in := t.Find(l.Account)
	if !in {
		return true, nil
	}
	chain, err := e.chainAt(ctx, l.Account, head.Head)
	if err != nil {
		return false, err
	}
	return !chain.ActiveAt(l.Device, head.Head.Seq), nil
}

// postCommit stores the commit, posts it and takes it from the log like any
// other.
func (e *Engine) postCommit(ctx context.Context, c *conversation, staged *mls.StagedCommit, u *wire.CommitUnit, own *wire.EpochBundle) (again bool, err error) {
	var b store.Batch
	if err := c.setPending(&b, staged); err != nil {
		return false, err
	}
	if err := e.apply(ctx, &b); err != nil {
		return false, err
	}
	c.staged = staged
	r, err := e.conversations().PostCommit(ctx, &wire.PostCommitRequest{Conversation: c.id[:], Generation: c.st.Generation, Commit: u})
	switch kind, _ := fault.Refusal(err); {
	case err == nil:
	case kind == wire.ErrorKindWrongEpoch || kind == wire.ErrorKindStale || kind == wire.ErrorKindUnknownHead:
		c.staged = nil
		return true, e.syncConv(ctx, c)
	default:
		c.staged = nil
		if kind != wire.ErrorKindUnspecified {
			if dropped := e.dropPending(ctx, c); dropped != nil {
				return false, dropped
			}
		}
		return false, fault.FromServer(err)
	}
	if r.Entry == nil || r.Entry.Seq != c.st.Top.Seq+1 {
		return false, e.syncConv(ctx, c)
	}
	r.Entry.Body = u.Commit
	x, err := parseEntry(r.Entry)
	if err != nil {
		return false, fault.Broken(fault.PromiseProved, err, "the server sent a damaged log entry")
	}
	head, err := e.takeHead(ctx, c, r.Head)
	if err != nil {
		return false, err
	}
	own.Seq = x.Seq
	return false, e.ingest(ctx, c, []*convo.Entry{x}, head, map[uint64]*wire.EpochBundle{x.Seq: own})
}

// dropPending forgets a commit that the server has refused.
func (e *Engine) dropPending(ctx context.Context, c *conversation) error {
	var b store.Batch
	k := tablePending.ID(c.id[:])
	b.DeleteRange(k.Bytes(), k.End())
	return e.apply(ctx, &b)
}

// settlePending finds out what became of a commit that was interrupted.
func (e *Engine) settlePending(ctx context.Context, c *conversation) error {
	v, err := e.getParts(ctx, tablePending.ID(c.id[:]))
	if err != nil || v == nil {
		return err
	}
	if err := e.syncConv(ctx, c); err != nil {
		return err
	}
	// Either the log held it, and walking it has cleared it, or it never arrived
	// and never will: a commit on top of it would not be made otherwise.
	return e.dropPending(ctx, c)
}

// pause waits a little longer after each attempt, and not always the same.
func (e *Engine) pause(ctx context.Context, try int) error {
	n, err := e.randomBelow(20 << min(try, 5))
	if err != nil {
		return err
	}
	t := time.NewTimer(time.Duration(5+n) * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fault.FromServer(ctx.Err())
	}
}
