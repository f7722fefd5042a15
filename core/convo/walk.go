package convo

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// Position is how far a conversation's commits were walked: what the next
// commit is judged by. It is never changed; Step and Walk return the next one.
type Position struct {
	ID         ID
	Generation uint32
	Epoch      uint64
	// Seq is the log entry of the commit that began the epoch.
	Seq     uint64
	Context mls.GroupContext
	State   *State
	Record  *Record
	// Table is the head table of the commit that began the epoch; at epoch 0 the
	// last of the generation before, nil in the first.
	Table account.HeadTable
	// TookOut says that the commit that began the epoch took leaves out.
	TookOut bool
}

// Bundle is what comes with a commit, as the server hands it out.
type Bundle struct {
	Table        []byte // what is new in the head table (HeadTable.Since), encoded
	Record       []byte // the record's change against the one before
	DepositRoot  [32]byte
	DepositCount uint32
	Signature    []byte
}

// LoggedCommit is a commit as it stands in the log.
type LoggedCommit struct {
	Seq     uint64
	Sender  Sender
	Message []byte // MLSMessage
	Bundle  *Bundle
	// Left are the accounts that posted a leave entry before it.
	Left map[account.ID]bool
	// Later, if it is not nil, takes the checks of the commit's own signatures
	// and of its leaves; BundleLater that of the committer's over record and
	// deposits. See mls.Later.
	Later, BundleLater mls.Later
}

// Followed is a commit as package mls has processed it, be it with a Group or a
// PublicGroup.
type Followed struct {
	Summary   mls.CommitSummary
	After     mls.GroupContext
	Members   iter.Seq2[mls.LeafIndex, *mls.LeafNode]
	LeafCount uint32
	// ExternalPub is the new epoch's, where the reader can compute it.
	ExternalPub []byte
	// Signer is the committer's leaf as it signed: the one before, or, in an
	// external commit, the new one.
	Signer *mls.LeafNode
}

// Begin returns the position at epoch 0 and the public group there, from the
// body of a creation entry: a GroupInfo with its tree of one leaf. The creator's
// leaf is judged with the first commit.
func Begin(create []byte) (*Position, *mls.PublicGroup, error) {
	g, info, pub, err := beginning(create)
	if err != nil {
		return nil, nil, err
	}
	c := g.Context()
	list, err := creationList(info)
	if err != nil {
		return nil, nil, err
	}
	state, err := ParseState(&c, list)
	if err != nil {
		return nil, nil, err
	}
	if state.Facts.Generation != 0 {
		return nil, nil, fmt.Errorf("%w: creation in a later generation", ErrMalformed)
	}
	p := &Position{ID: state.Facts.ID(), Generation: state.Facts.Generation, Seq: 1, Context: c, State: state}
	p.Record, err = RecordOf(p.Generation, c, list, pub, g.LeafCount(), g.Members())
	if err != nil {
		return nil, nil, err
	}
	if leaf := p.Record.Leaf(0); leaf == nil || leaf.Account != state.Facts.Creator {
		return nil, nil, ErrNotADevice
	}
	return p, g, nil
}

// creationList returns the participant list of a GroupInfo that begins a
// conversation.
func creationList(info *mls.GroupInfo) (Participants, error) {
	d, err := info.Extensions.AppData()
	if err != nil || len(d) != 1 {
		return nil, ErrMalformed
	}
	list, _ := d.Get(ComponentParticipants)
	return ParseParticipants(list)
}

// Walk verifies the next commit of a reader without group secrets.
func (p *Position) Walk(g *mls.PublicGroup, c *LoggedCommit, chains Chains) (*Position, *mls.PublicGroup, error) {
	staged, err := g.Process(c.Message, mls.ProcessOptions{Later: c.Later})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: commit: %w", ErrBadBundle, err)
	}
	next := staged.Group()
	f := &Followed{
		Summary: staged.CommitSummary, After: next.Context(), Members: next.Members(), LeafCount: next.LeafCount(),
		Signer: signer(&staged.CommitSummary, g.Member, next.Member),
	}
	q, err := p.Step(f, c, chains)
	return q, next, err
}

// WalkMember verifies the next commit of a member, given what Group.Process made
// of it; the record's external_pub is the member's own.
func (p *Position) WalkMember(before *mls.Group, staged *mls.StagedCommit, c *LoggedCommit, chains Chains) (*Position, error) {
	next := staged.Group()
	pub, err := next.ExternalPub()
	if err != nil {
		return nil, err
	}
	f := &Followed{
		Summary: staged.CommitSummary, After: next.Context(), Members: next.Members(), LeafCount: next.LeafCount(),
		ExternalPub: pub, Signer: signer(&staged.CommitSummary, before.Member, next.Member),
	}
	return p.Step(f, c, chains)
}

func signer(s *mls.CommitSummary, before, after func(mls.LeafIndex) (*mls.LeafNode, bool)) *mls.LeafNode {
	find := before
	if s.External {
		find = after
	}
	leaf, _ := find(s.Committer)
	return leaf
}

// Step verifies what package mls cannot know of a commit: that it may be
// (JudgeCommit), that its log sender made it, and that head table, record and
// deposits are those that the committer signed. It returns the position after
// the commit.
func (p *Position) Step(f *Followed, c *LoggedCommit, chains Chains) (*Position, error) {
	// A commit is public, so that a reader without secrets can follow it too.
	if m, err := mls.ParseHeader(c.Message); err != nil || m.WireFormat != mls.WirePublicMessage || c.Bundle == nil {
		return nil, ErrMalformed
	}
	if f.Signer == nil {
		return nil, ErrWrongSender
	}
	committer, identity, err := LeafOf(f.Signer)
	if err != nil {
		return nil, err
	}
	if committer.Account != c.Sender.Account || committer.Device != c.Sender.Device {
		return nil, ErrWrongSender
	}
	header, err := ParseCommitHeader(f.Summary.AuthenticatedData)
	if err != nil {
		return nil, err
	}
	// The record's change brings the participants, by which the commit is judged.
	record, err := ParseRecord(c.Bundle.Record, p.Record)
	if err != nil {
		return nil, err
	}
	table, err := p.tableAfter(c.Bundle.Table, record.Participants)
	if err != nil {
		return nil, err
	}
	j := &Commit{
		Before: &p.Context, After: &f.After, ListBefore: p.State.Participants, List: record.Participants, Header: header, TableBefore: p.Table, Table: table,
		Committer: *committer, External: f.Summary.External, Left: c.Left, ReInit: f.Summary.ReInit != nil,
		PSKs: f.Summary.PSKs, JoinKeyID: JoinKeyID(p.ID, p.Generation, p.Epoch), Updated: f.Summary.Updated, Later: c.Later,
	}
	for _, l := range f.Summary.Added {
		j.Added = append(j.Added, l.Leaf)
	}
	for _, l := range f.Summary.Updated {
		j.Added = append(j.Added, l.Leaf)
	}
	for _, l := range f.Summary.Removed {
		j.Removed = append(j.Removed, l.Old)
	}
	if f.Summary.ContextChanged {
		for _, n := range f.Members {
			j.Remaining = append(j.Remaining, n)
		}
	}
	if err := JudgeCommit(j, chains); err != nil {
		return nil, err
	}
	if p.Epoch == 0 { // the creator's first leaf
		if err := verifyLeaf(committer, identity, table, chains, c.Later); err != nil {
			return nil, err
		}
	}
	return p.settle(f, c, table, record)
}

// tableAfter reads what a commit brings of its head table.
func (p *Position) tableAfter(change []byte, list Participants) (account.HeadTable, error) {
	t, err := account.ParseHeadTable(change)
	if err != nil {
		return nil, ErrBadHeadTable
	}
	t, err = t.After(p.Table, func(id account.ID) bool {
		_, in := list.Role(id)
		return in
	})
	if err != nil {
		return nil, ErrBadHeadTable
	}
	return t, nil
}

// verifyLeaf checks that a leaf is of a device of its account, at the head that
// the table names.
func verifyLeaf(l *Leaf, identity account.LeafIdentity, table account.HeadTable, chains Chains, later mls.Later) error {
	e, ok := table.Find(l.Account)
	if !ok {
		return ErrMissingHead
	}
	chain, err := chains(l.Account, e.Head)
	if err != nil {
		return err
	}
	return atOnce(later, func() error {
		if chain.VerifyLeaf(e.Head, identity, l.SignatureKey) != nil {
			return ErrNotADevice
		}
		return nil
	})
}

// atOnce runs a check, or hands it to later.
func atOnce(later mls.Later, check func() error) error {
	if later == nil {
		return check()
	}
	later(check)
	return nil
}

// settle checks record and signature of a commit that was judged.
func (p *Position) settle(f *Followed, c *LoggedCommit, table account.HeadTable, record *Record) (*Position, error) {
	pub := f.ExternalPub
	if pub == nil {
		pub = record.ExternalPub
	}
	want, err := RecordOf(p.Generation, f.After, record.Participants, pub, f.LeafCount, f.Members)
	if err != nil {
		return nil, err
	}
	hash := want.Hash()
	if record.Hash() != hash {
		return nil, ErrBadRecord
	}
	tbs := BundleTBS{
		Conversation: p.ID, Generation: p.Generation, Epoch: f.After.Epoch, Commit: HashPart(c.Message), Record: hash,
		HeadTable: table.Hash(), DepositRoot: c.Bundle.DepositRoot, DepositCount: c.Bundle.DepositCount,
	}
	err = atOnce(c.BundleLater, func() error {
		if !f.After.CipherSuite.VerifyWithLabel(f.Signer.SignatureKey, BundleLabel, tbs.Bytes(), c.Bundle.Signature) {
			return ErrBadBundle
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	state, err := ParseState(&f.After, record.Participants)
	if err != nil {
		return nil, err
	}
	return &Position{
		ID: p.ID, Generation: p.Generation, Epoch: f.After.Epoch, Seq: c.Seq, Context: f.After,
		State: state, Record: record, Table: table,
		TookOut: len(f.Summary.Removed) > 0,
	}, nil
}

// RecordOf makes the epoch record of a group as its members see it.
func RecordOf(generation uint32, c mls.GroupContext, list Participants, externalPub []byte, leafCount uint32,
	members iter.Seq2[mls.LeafIndex, *mls.LeafNode]) (*Record, error) {
	if leafCount > MaxLeaves {
		return nil, ErrTooLarge
	}
	r := &Record{
		Generation: generation, Epoch: c.Epoch, GroupContext: c.Append(nil),
		ExternalPub: bytes.Clone(externalPub), Leaves: make([]*Leaf, leafCount), Participants: list,
	}
	for i, n := range members {
		leaf, _, err := LeafOf(n)
		if err != nil {
			return nil, err
		}
		r.Leaves[i] = leaf
	}
	return r, nil
}

// Reader returns a reader of the messages of the record's epoch.
func (c *Record) Reader(s mls.HistorySecrets) (*mls.EpochReader, error) {
	ctx, err := mls.ParseGroupContext(c.GroupContext)
	if err != nil {
		return nil, ErrBadRecord
	}
	return mls.NewEpochReader(ctx, s, uint32(len(c.Leaves)), func(l mls.LeafIndex) (mls.SignaturePublicKey, bool) {
		if leaf := c.Leaf(uint32(l)); leaf != nil {
			return leaf.SignatureKey, true
		}
		return nil, false
	})
}
