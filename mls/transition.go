package mls

import (
	"bytes"
	"fmt"
)

// transition is the way from one epoch's public state to the next: proposals
// applied, then the path, then the transcript. The state it began from is not
// changed. It serves those who create a commit, members who process it, and
// followers of the public group alike.
type transition struct {
	judging
	before    *publicState
	sender    Sender
	list      []committed
	tree      *ratchetTree
	ext       Extensions
	base      *census // of the tree before
	committer LeafIndex
	added     []LeafIndex // in the order of the Adds
	addedSet  map[LeafIndex]bool
	changed   map[LeafIndex]bool // leaves that are new or replaced
	psks      []PreSharedKeyID
	kemOutput []byte // of ExternalInit
	reInit    *ReInit
	summary   CommitSummary
}

// begin validates and applies a list of proposals (RFC 9420, sections 12.2, 12.3).
func (s *publicState) begin(list []committed, sender Sender, j judging) (*transition, error) {
	if err := checkList(list, sender); err != nil {
		return nil, err
	}
	t := &transition{
		judging: j, before: s, sender: sender, list: list,
		tree: s.tree.clone(), ext: s.context.Extensions, committer: sender.Leaf,
		addedSet: map[LeafIndex]bool{}, changed: map[LeafIndex]bool{},
	}
	t.base = t.tree.census.clone()
	t.summary.Epoch = s.context.Epoch + 1
	t.summary.External = sender.Type == SenderNewMemberCommit
	for _, step := range []func() error{t.checkCustom, t.applyContext, t.applyUpdates, t.applyRemoves, t.applyAdds, t.applyOthers} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return t, t.tree.census.checkUnique()
}

func (t *transition) each(kind ProposalType, f func(p committed) error) error {
	for _, p := range t.list {
		if p.Type == kind {
			if err := f(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *transition) applyContext() error {
	return t.each(ProposalGroupContextExtensions, func(p committed) error {
		t.ext = p.Extensions
		t.summary.ContextChanged = true
		if err := t.ext.checkContext(); err != nil {
			return err
		}
		return t.policy.checkSenders(t.ext)
	})
}

func (t *transition) applyUpdates() error {
	var list []LeafChange
	err := t.each(ProposalUpdate, func(p committed) error {
		l := p.sender.Leaf
		old := t.tree.leaf(l)
		if old == nil {
			return fmt.Errorf("%w: update of nobody", ErrInvalidProposal)
		}
		if p.Update.Source != LeafFromUpdate || p.Update.EncryptionKey.Equal(old.EncryptionKey) {
			return fmt.Errorf("%w: leaf of an update", ErrInvalidLeaf)
		}
		list = append(list, LeafChange{l, p.Update, old})
		return nil
	})
	if err != nil {
		return err
	}
	err = t.forChecks().runErr(len(list), func(i int) error { return t.checkLeaf(list[i].Index, list[i].Leaf, t.later) })
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := t.judge(c); err != nil {
			return err
		}
		t.tree.update(c.Index, c.Leaf)
		t.changed[c.Index] = true
	}
	t.summary.Updated = list
	return nil
}

func (t *transition) applyRemoves() error {
	err := t.each(ProposalRemove, func(p committed) error {
		old := t.tree.leaf(p.Remove)
		if old == nil {
			return fmt.Errorf("%w: removes nobody", ErrInvalidProposal)
		}
		t.tree.remove(p.Remove)
		t.summary.Removed = append(t.summary.Removed, LeafChange{p.Remove, nil, old})
		return nil
	})
	t.tree.truncate()
	return err
}

func (t *transition) applyAdds() error {
	var list []*KeyPackage
	for _, p := range t.list {
		if p.Type == ProposalAdd {
			list = append(list, p.Add)
		}
	}
	if len(list) == 0 {
		return nil
	}
	err := t.forChecks().runErr(len(list), func(i int) error {
		if list[i].CipherSuite != t.before.Suite() {
			return fmt.Errorf("%w: cipher suite", ErrInvalidKeyPackage)
		}
		if err := t.policy.checkKeyPackage(list[i], t.now, t.later); err != nil {
			return err
		}
		return list[i].Leaf.checkContext(t.ext)
	})
	if err != nil {
		return err
	}
	leaves := make([]*LeafNode, len(list))
	for i, kp := range list {
		leaves[i] = kp.Leaf
	}
	if t.added, err = t.tree.addAll(leaves); err != nil {
		return err
	}
	for i, l := range t.added {
		c := LeafChange{l, leaves[i], nil}
		t.addedSet[l], t.changed[l] = true, true
		t.summary.Added = append(t.summary.Added, c)
		t.summary.KeyPackages = append(t.summary.KeyPackages, list[i])
		if err := t.judge(c); err != nil {
			return err
		}
	}
	return nil
}

func (t *transition) applyOthers() error {
	founding := 0
	for _, p := range t.list {
		switch p.Type {
		case ProposalPSK:
			if err := p.PSK.check(t.before.Suite(), t.before.context.Epoch); err != nil {
				return err
			}
			if p.PSK.founds() {
				if t.summary.External {
					return fmt.Errorf("%w: resumption PSK for a new group", ErrInvalidProposal)
				}
				founding++
			}
			t.psks = append(t.psks, p.PSK)
		case ProposalExternalInit:
			t.kemOutput = p.ExternalInit
		case ProposalReInit:
			if p.ReInit.Version < MLS10 {
				return fmt.Errorf("%w: version of a ReInit", ErrInvalidProposal)
			}
			t.reInit = p.ReInit
		}
	}
	if founding > 1 {
		return fmt.Errorf("%w: several links to old groups", ErrProposalList)
	}
	t.summary.PSKs, t.summary.ReInit = t.psks, t.reInit
	return nil
}

// checkLeaf applies all rules to a leaf of this group that need no tree.
func (t *transition) checkLeaf(l LeafIndex, leaf *LeafNode, later Later) error {
	return leaf.checkAlone(t.before.Suite(), t.before.GroupID(), l, t.ext, t.now, later)
}

// judge asks the application about a new leaf.
func (t *transition) judge(c LeafChange) error {
	return t.validate.judge(LeafContext{
		Suite: t.before.Suite(), GroupID: t.before.GroupID(), Index: c.Index, Leaf: c.Leaf, Replaces: c.Old,
	})
}

// judgeCommitter applies both to the committer's new leaf.
func (t *transition) judgeCommitter(leaf *LeafNode, later Later) error {
	if err := t.checkLeaf(t.committer, leaf, later); err != nil {
		return err
	}
	return t.judge(LeafChange{t.committer, leaf, t.replaced()})
}

// needsPath reports whether the proposals demand an UpdatePath (section 12.4).
func (t *transition) needsPath() bool {
	for _, p := range t.list {
		if rules, _ := t.policy.proposal(p.Type); p.Type.needsPath() && (!p.Type.isCustom() || rules.PathRequired) {
			return true
		}
	}
	return len(t.list) == 0
}

// place finds the committer's leaf: for an external commit the leftmost blank one.
func (t *transition) place() error {
	if !t.summary.External {
		return nil
	}
	var err error
	t.committer, err = t.tree.leftmostBlank()
	return err
}

// replaced is the leaf that the committer's new leaf follows, nil if there is none.
func (t *transition) replaced() *LeafNode {
	if !t.summary.External {
		return t.before.tree.leaf(t.committer)
	}
	if len(t.summary.Removed) > 0 {
		return t.summary.Removed[0].Old
	}
	return nil
}

// applyPath validates an UpdatePath and merges it into the tree (RFC 9420,
// sections 7.5 and 12.4.2). It returns the filtered direct path.
func (t *transition) applyPath(path *updatePath) ([]pathNode, error) {
	if path.leaf.Source != LeafFromCommit {
		return nil, fmt.Errorf("%w: leaf of a commit", ErrInvalidLeaf)
	}
	if err := t.judgeCommitter(path.leaf, t.later); err != nil {
		return nil, err
	}
	filtered := t.tree.filteredPath(t.committer)
	if len(filtered) != len(path.nodes) {
		return nil, fmt.Errorf("%w: number of nodes", ErrInvalidPath)
	}
	if err := t.checkPathKeys(path); err != nil {
		return nil, err
	}
	keys := make([]HPKEPublicKey, len(path.nodes))
	for i, n := range path.nodes {
		keys[i] = n.encryptionKey
		if len(n.secrets) != len(t.tree.resolution(nil, filtered[i].copath, t.addedSet)) {
			return nil, fmt.Errorf("%w: number of ciphertexts", ErrInvalidPath)
		}
	}
	if !bytes.Equal(t.tree.setPath(t.committer, filtered, keys), path.leaf.ParentHash) {
		return nil, fmt.Errorf("%w: committer's leaf", ErrParentHash)
	}
	t.setCommitter(path.leaf)
	return filtered, nil
}

// setCommitter writes the committer's new leaf and notes the change.
func (t *transition) setCommitter(leaf *LeafNode) {
	old := t.tree.leaf(t.committer)
	t.tree.set(t.committer.node(), treeNode{leaf: leaf})
	t.changed[t.committer] = true
	if t.summary.External {
		t.summary.Added = append(t.summary.Added, LeafChange{t.committer, leaf, nil})
	} else {
		t.summary.Updated = append(t.summary.Updated, LeafChange{t.committer, leaf, old})
	}
}

// checkPathKeys verifies that all keys of a path are new and well-formed. It is
// asked before the path is merged.
func (t *transition) checkPathKeys(path *updatePath) error {
	keys := t.tree.count()
	fresh := map[string]bool{string(path.leaf.EncryptionKey): true}
	// The leaf that an external commit replaces has left the tree already.
	old := t.replaced()
	if keys.encryption.has(path.leaf.EncryptionKey) > 0 || old != nil && old.EncryptionKey.Equal(path.leaf.EncryptionKey) {
		return fmt.Errorf("%w: committer's leaf", ErrDuplicateKey)
	}
	for _, n := range path.nodes {
		k := string(n.encryptionKey)
		if fresh[k] || keys.encryption.has(n.encryptionKey) > 0 {
			return fmt.Errorf("%w: update path", ErrDuplicateKey)
		}
		fresh[k] = true
		if err := t.before.Suite().CheckHPKEKey(n.encryptionKey); err != nil {
			return err
		}
	}
	others := keys.signature.has(path.leaf.SignatureKey)
	if old := t.tree.leaf(t.committer); old != nil && old.SignatureKey.Equal(path.leaf.SignatureKey) {
		others--
	}
	if others > 0 {
		return fmt.Errorf("%w: signature key of the committer", ErrDuplicateKey)
	}
	return nil
}

// settle checks the finished tree and returns the provisional GroupContext.
func (t *transition) settle() (GroupContext, error) {
	if err := t.checkDemands(); err != nil {
		return GroupContext{}, err
	}
	if err := t.checkCredentialTypes(); err != nil {
		return GroupContext{}, err
	}
	c := t.before.context
	c.Epoch++
	c.TreeHash = t.tree.hashAll(t.parallel)
	c.Extensions = t.ext
	return c, nil
}

// checkDemands verifies that all members can do what new extensions of the
// GroupContext demand. If these demand nothing that the old ones did not, only
// new leaves could fail, and those have been checked.
func (t *transition) checkDemands() error {
	if !t.summary.ContextChanged || !t.ext.demandMore(t.before.context.Extensions) {
		return nil
	}
	for _, leaf := range t.tree.members {
		if err := leaf.checkContext(t.ext); err != nil {
			return err
		}
	}
	return nil
}

// checkCredentialTypes verifies that each member's credential type is supported
// by all. The members that stay fit each other already.
func (t *transition) checkCredentialTypes() error {
	inUse := t.tree.census.credentials
	for l := range t.changed {
		if leaf := t.tree.leaf(l); leaf != nil && !leaf.Capabilities.supportCredentials(inUse) {
			return fmt.Errorf("%w: credential type in use", ErrUnsupported)
		}
	}
	fresh := map[CredentialType]int{}
	for c, n := range inUse {
		if t.base.credentials[c] == 0 {
			fresh[c] = n
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return t.tree.checkCredentialTypes(fresh)
}

// finish is the next public state for the signed commit, but for the
// confirmation tag, which complete adds.
func (t *transition) finish(c GroupContext, a *authenticatedContent) publicState {
	c.ConfirmedTranscriptHash = confirmedHash(t.before.Suite(), t.before.interim, a.wire, &a.content, a.auth.signature)
	t.summary.Committer = t.committer
	t.summary.AuthenticatedData = a.content.AuthenticatedData
	return publicState{context: c, contextBytes: c.Append(nil), tree: t.tree, reInit: t.reInit}
}

// complete returns the state with its confirmation tag.
func (s publicState) complete(tag []byte) publicState {
	s.confirmationTag = tag
	s.interim = interimHash(s.Suite(), s.context.ConfirmedTranscriptHash, tag)
	return s
}
