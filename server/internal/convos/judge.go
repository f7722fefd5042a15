package convos

import (
	"bytes"
	"context"
	"errors"

	cofferv1 "github.com/coffer-chat/coffer/api/gen/coffer/v1"
	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/core/convo"
	"github.com/coffer-chat/coffer/mls"
	"github.com/coffer-chat/coffer/mls/syntax"
	"github.com/coffer-chat/coffer/server/internal/auth"
	"github.com/coffer-chat/coffer/server/internal/fail"
	"github.com/coffer-chat/coffer/server/store"
)

// judged is a commit that may follow: all that its transaction writes.
type judged struct {
	header    *convo.CommitHeader
	raw       []byte // the header
	body      []byte
	before    *followed
	after     *followed
	groupInfo []byte
	epoch     store.Epoch
	deposits  []store.Deposit
	welcome   *store.Welcome
	to        []store.Device
	// harmless: nobody was removed and no participant added, so that messages of
	// the epoch before are still accepted for a while.
	harmless bool
	joined   []store.Device
	gone     []store.Device
	named    map[account.ID]uint64
}

// judge verifies a commit with all that comes with it, as far as that is
// possible without the log.
func (s *Service) judge(ctx context.Context, caller *auth.Caller, before *followed, left map[account.ID]bool, u *cofferv1.CommitUnit) (*judged, error) {
	b := u.GetBundle()
	staged, err := before.group.Process(u.GetCommit(), mls.ProcessOptions{})
	if err != nil {
		if errors.Is(err, mls.ErrWrongEpoch) {
			return nil, errWrongEpoch
		}
		return nil, fail.Kind(fail.Invalid, "the commit does not verify")
	}
	next := staged.Group()
	j := &judged{raw: staged.AuthenticatedData, body: u.GetCommit(), before: before}
	if j.header, err = convo.ParseCommitHeader(j.raw); err != nil {
		return nil, fail.Kind(fail.Malformed, "the commit's header does not parse")
	}
	if k := u.GetIdempotencyKey(); len(k) > 0 && !bytes.Equal(k, j.header.Idempotency[:]) {
		return nil, fail.Kind(fail.Malformed, "the idempotency key is not that of the commit's header")
	}
	if b.GetGeneration() != before.pos.Generation || b.GetEpoch() != staged.Epoch || len(b.GetDepositRoot()) != 32 {
		return nil, fail.Kind(fail.Invalid, "the bundle is not this commit's")
	}
	signer, _ := before.group.Member(staged.Committer)
	if staged.External {
		signer, _ = next.Member(staged.Committer)
	}
	pos, err := before.pos.Step(&convo.Followed{
		Summary: staged.CommitSummary, After: next.Context(), Members: next.Members(), LeafCount: next.LeafCount(), Signer: signer,
	}, &convo.LoggedCommit{
		Sender: convo.Sender{Account: caller.Account, Device: caller.Keyholder}, Message: u.GetCommit(), Left: left,
		Bundle: &convo.Bundle{
			Table: b.GetHeadTable(), Record: b.GetRecord(), DepositRoot: [32]byte(b.GetDepositRoot()),
			DepositCount: b.GetDepositCount(), Signature: b.GetSignature(),
		},
	}, s.chains(ctx))
	if err != nil {
		return nil, refuseCommit(err)
	}
	if len(pos.State.Participants) > s.Limits.MaxParticipants || int(next.LeafCount()) > 2*s.Limits.MaxLeaves {
		return nil, fail.Kind(fail.TooLarge, "the conversation has too many participants or devices")
	}
	j.after, j.groupInfo = &followed{pos: pos, group: next}, u.GetGroupInfo()
	if err := j.checkGroupInfo(u.GetGroupInfo()); err != nil {
		return nil, err
	}
	if err := s.judgeDeposits(ctx, j, u); err != nil {
		return nil, err
	}
	if err := j.judgeWelcome(staged, u.GetWelcome()); err != nil {
		return nil, err
	}
	if err := j.changes(staged); err != nil {
		return nil, err
	}
	if j.harmless, err = s.isHarmless(ctx, j, staged); err != nil {
		return nil, err
	}
	return j, nil
}

// chains looks up chains for convo's rules; at is a head that must be there.
func (s *Service) chains(ctx context.Context) convo.Chains {
	return func(id account.ID, at account.Head) (*account.Chain, error) {
		c, err := s.Chains.Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !c.Has(at) {
			return nil, errMissingChain
		}
		return c, err
	}
}

// refuseCommit is what the caller is told of a commit that convo refused.
func refuseCommit(err error) error {
	switch {
	case errors.Is(err, errMissingChain), errors.Is(err, account.ErrFork):
		return errUnknownChain
	case errors.Is(err, convo.ErrOlderHead):
		return fail.Kind(fail.UnknownHead, "the head table names an older head than the one before: fetch the chains again")
	case errors.Is(err, convo.ErrNotEntitled), errors.Is(err, convo.ErrFixedMembers), errors.Is(err, convo.ErrNotUncovered):
		return fail.Kind(fail.Forbidden, "the account's role does not allow this change")
	case errors.Is(err, convo.ErrNoJoinKey):
		return fail.Kind(fail.Forbidden, "an external commit must inject the epoch's join key")
	case errors.Is(err, convo.ErrWrongSender):
		return fail.Kind(fail.Forbidden, "a device posts what it signed itself")
	}
	return fail.Kind(fail.Invalid, "the commit, its head table, its record or its signature does not hold")
}

// checkGroupInfo checks what later joiners will rely on: that it describes the
// new epoch and that its external_pub is the record's.
func (j *judged) checkGroupInfo(groupInfo []byte) error {
	bad := fail.Kind(fail.Invalid, "the group info does not describe the commit's epoch")
	if j.after.group.CheckGroupInfo(groupInfo) != nil {
		return bad
	}
	info, err := mls.ParseGroupInfo(groupInfo)
	if err != nil {
		return bad
	}
	ext, _ := info.Extensions.Get(mls.ExtensionExternalPub)
	r := syntax.NewReader(ext)
	if pub := r.Opaque(); r.Done() != nil || !bytes.Equal(pub, j.after.pos.Record.ExternalPub) {
		return bad
	}
	if _, ok := info.Extensions.Get(mls.ExtensionRatchetTree); ok {
		return fail.Kind(fail.Invalid, "the group info must not hold the ratchet tree: the server has it")
	}
	return nil
}

// judgeDeposits checks that there is exactly one deposit for each participant
// whose chain says vault on at the table's head, and that they are those that
// the committer signed. Whether they open, the server cannot know.
func (s *Service) judgeDeposits(ctx context.Context, j *judged, u *cofferv1.CommitUnit) error {
	bad := fail.Kind(fail.Invalid, "not exactly the deposits that the epoch needs")
	rest, pos, b := u.GetDeposits(), j.after.pos, u.GetBundle()
	lookup := s.chains(ctx)
	var tree [][32]byte
	for _, e := range pos.Table {
		chain, err := lookup(e.Account, e.Head)
		if err != nil {
			return refuseCommit(err)
		}
		if !chain.VaultOnAt(e.Head.Seq) {
			continue
		}
		if len(rest) == 0 {
			return bad
		}
		d := rest[0]
		rest = rest[1:]
		if !bytes.Equal(d.GetAccount(), e.Account[:]) || d.GetVaultEpoch() != e.VaultEpoch || len(d.GetSealed()) == 0 {
			return bad
		}
		j.deposits = append(j.deposits, store.Deposit{
			Account: e.Account, Index: uint32(len(tree)), VaultEpoch: e.VaultEpoch, Sealed: d.GetSealed(),
		})
		tree = append(tree, convo.DepositLeaf(e.Account, e.VaultEpoch, d.GetSealed()))
	}
	root := convo.DepositRoot(tree)
	if len(rest) > 0 || int(b.GetDepositCount()) != len(tree) || !bytes.Equal(b.GetDepositRoot(), root[:]) {
		return bad
	}
	j.epoch = store.Epoch{
		Generation: pos.Generation, Epoch: pos.Epoch, HeadTable: b.GetHeadTable(), Record: b.GetRecord(), Signature: b.GetSignature(),
	}
	for _, l := range tree {
		j.epoch.Leaves = append(j.epoch.Leaves, l[:]...)
	}
	return nil
}

// judgeWelcome checks that there is a Welcome exactly if devices were added, and
// notes to whom it goes.
func (j *judged) judgeWelcome(staged *mls.StagedPublicCommit, welcome []byte) error {
	for _, a := range staged.Added {
		if a.Leaf.Source != mls.LeafFromKeyPackage {
			continue // who joined by itself
		}
		l, _, err := convo.LeafOf(a.Leaf)
		if err != nil {
			return err
		}
		j.to = append(j.to, store.Device{Account: l.Account, Device: l.Device})
	}
	if len(j.to) == 0 && len(welcome) == 0 {
		return nil
	}
	m, err := mls.ParseMessage(welcome)
	if err != nil || m.Welcome == nil || len(m.Welcome.Secrets) != len(j.to) || m.Welcome.CipherSuite != j.after.group.Suite() {
		return fail.Kind(fail.Invalid, "the Welcome is not for the devices that the commit adds")
	}
	j.welcome = &store.Welcome{
		Generation: j.after.pos.Generation, Epoch: j.after.pos.Epoch, Welcome: welcome, Tree: j.after.group.Tree(),
	}
	return nil
}
