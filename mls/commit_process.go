package mls

import (
	"fmt"
	"slices"
	"time"
)

// ProcessOptions is what Process needs beside the commit.
type ProcessOptions struct {
	// Queued are the proposals received in this epoch, for commits that name
	// them by reference, and own Updates with their private keys.
	Queued []*QueuedProposal
	// PSK finds pre-shared keys.
	PSK      PSKSource
	Validate Validator
	Policy   *Policy
	// Now is held against the lifetimes of key packages; zero: not checked.
	Now      time.Time
	Parallel Parallel
	// Later is of PublicGroup.Process only: it takes the checks of signatures,
	// those of the commit, its leaves and key packages.
	Later Later
}

// Process verifies another's commit and returns the epoch it leads to (RFC 9420,
// section 12.4.2). It does not change g. A commit that removes this member gives
// a StagedCommit without a group; its confirmation tag cannot be checked.
func (g *Group) Process(msg []byte, o ProcessOptions) (*StagedCommit, error) {
	a, err := g.unprotect(msg)
	if err != nil {
		return nil, err
	}
	c := a.content.commit
	if c == nil {
		return nil, fmt.Errorf("%w: not a commit", ErrWrongContent)
	}
	if a.content.Sender == g.sender() {
		return nil, ErrOwnMessage
	}
	g.tree.count() // so that a group that was loaded does it once
	t, filtered, provisional, err := g.advance(a, o.Queued, judging{validate: o.Validate, now: o.Now, parallel: o.Parallel, policy: o.Policy})
	if err != nil {
		return nil, err
	}
	state := t.finish(provisional, a)
	staged := &StagedCommit{CommitSummary: t.summary, Message: append([]byte(nil), msg...)}
	for _, r := range t.summary.Removed {
		if r.Index == g.own {
			return staged, nil
		}
	}
	next := &Group{own: g.own, key: g.key, keepHistory: g.keepHistory, private: t.keysAfter(g.private, nil, nil)}
	for _, p := range t.list {
		if p.Type == ProposalUpdate && p.sender.Leaf == g.own {
			if p.queued == nil || p.queued.encryptionKey == nil {
				return nil, fmt.Errorf("%w: own update without its private key", ErrUnknownProposal)
			}
			next.private[g.own.node()] = slices.Clone(p.queued.encryptionKey)
			next.key = p.queued.signatureKey
		}
	}
	if err := next.deriveEpoch(g, t, c, filtered, provisional, state, o.PSK); err != nil {
		return nil, err
	}
	if !g.Suite().VerifyMAC(next.secrets.confirmation, state.context.ConfirmedTranscriptHash, a.auth.confirmationTag) {
		return nil, ErrBadConfirmationTag
	}
	next.publicState = state.complete(a.auth.confirmationTag)
	next.startRatchets()
	staged.group = next
	return staged, nil
}

// deriveEpoch fills the secrets and private keys of the next epoch.
func (next *Group) deriveEpoch(g *Group, t *transition, c *commit, filtered []pathNode,
	provisional GroupContext, state publicState, psk PSKSource) error {
	suite := g.Suite()
	commitSecret := make(Secret, suite.HashSize())
	if c.path != nil {
		ps, err := t.decryptPath(c.path, filtered, g.own, next.private, provisional.Append(nil))
		if err != nil {
			return err
		}
		for i, k := range ps.private {
			next.private[filtered[ps.first+i].node] = k
		}
		commitSecret = ps.commit
	}
	psks, err := psk.with(g.ownPSK).find(t.psks)
	if err != nil {
		return err
	}
	secret, err := pskSecret(suite, psks)
	if err != nil {
		return err
	}
	init := g.secrets.init
	if t.kemOutput != nil {
		priv, _, err := suite.DeriveHPKEKey(g.secrets.external)
		if err != nil {
			return err
		}
		if init, err = suite.externalInitReceive(priv, t.kemOutput); err != nil {
			return err
		}
	}
	joiner := joinerSecret(suite, init, commitSecret, state.contextBytes)
	next.secrets = newEpochSecrets(suite, memberSecret(suite, joiner, secret), state.contextBytes)
	return nil
}

// advance verifies all of a commit that can be checked without secrets: sender,
// signature, proposals and path. It returns the provisional GroupContext.
func (s *publicState) advance(a *authenticatedContent, queued []*QueuedProposal, j judging) (*transition, []pathNode, GroupContext, error) {
	fail := func(err error) (*transition, []pathNode, GroupContext, error) {
		return nil, nil, GroupContext{}, err
	}
	c := a.content.commit
	key, err := s.senderKey(&a.content)
	if err != nil {
		return fail(err)
	}
	if err := j.later.check(func() error { return a.verify(s.Suite(), key, s.contextBytes) }); err != nil {
		return fail(err)
	}
	list, err := resolve(c, s.Epoch(), a.content.Sender, queued)
	if err != nil {
		return fail(err)
	}
	t, err := s.begin(list, a.content.Sender, j)
	if err != nil {
		return fail(err)
	}
	var filtered []pathNode
	switch {
	case c.path != nil:
		if err := t.place(); err != nil {
			return fail(err)
		}
		if filtered, err = t.applyPath(c.path); err != nil {
			return fail(err)
		}
	case t.needsPath():
		return fail(ErrPathRequired)
	}
	provisional, err := t.settle()
	if err != nil {
		return fail(err)
	}
	return t, filtered, provisional, nil
}
