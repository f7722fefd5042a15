package convo

import (
	"bytes"
	"slices"

	"github.com/coffer-chat/coffer/core/account"
	"github.com/coffer-chat/coffer/mls"
)

// Chains looks up account chains. It returns the account's chain, which holds
// the head, or an error, never nil without one; a client fetches chains before
// it judges.
type Chains func(id account.ID, at account.Head) (*account.Chain, error)

// Commit is a commit as everyone can see it: what JudgeCommit judges.
type Commit struct {
	// Before and After are the group contexts around the commit. Before is nil
	// for the first commit of a conversation's first generation.
	Before, After *mls.GroupContext
	// ListBefore and List are the participants of the two.
	ListBefore, List Participants
	Header           *CommitHeader
	// TableBefore is the last commit's head table, nil for the first.
	TableBefore account.HeadTable
	Table       account.HeadTable
	// Committer is the committing leaf: as it was before, or, in an external
	// commit, the new one.
	Committer Leaf
	External  bool
	// PSKs are the pre-shared keys that the commit injects; JoinKeyID is the id
	// of the one that an external commit must.
	PSKs      []mls.PreSharedKeyID
	JoinKeyID []byte
	// ReInit says that the commit ends the group.
	ReInit bool
	// Added are the leaves that are new or changed, the committer's among them;
	// Removed those that were taken out; Updated the changed ones once more, with
	// what they replace.
	Added   []*mls.LeafNode
	Removed []*mls.LeafNode
	Updated []mls.LeafChange
	// Remaining are all leaves after the commit. It is nil where participants
	// have not changed, for then the leaves were judged before.
	Remaining []*mls.LeafNode
	// Left are the accounts that have posted a leave entry and are still to be
	// removed.
	Left map[account.ID]bool
	// Later, if it is not nil, takes the checks of signatures (mls.Later).
	Later mls.Later
}

// JudgeCommit says whether a commit may be, by itself and what precedes it
// alone (DESIGN 5.1): the server refuses what it refuses, and so do clients.
// What somebody knows beyond that makes them commit, never refuse.
func JudgeCommit(c *Commit, chains Chains) error {
	after, err := ParseState(c.After, c.List)
	if err != nil {
		return err
	}
	before := after
	if c.Before != nil {
		if before, err = ParseState(c.Before, c.ListBefore); err != nil {
			return err
		}
	}
	if !before.Facts.sameButGeneration(after.Facts) || before.Facts.Generation != after.Facts.Generation || c.ReInit {
		return ErrChangedFacts
	}
	if c.External && c.Before != nil && c.Before.Epoch == 0 {
		// Nobody but the creator begins: the first commit's table is what makes
		// the creator's own leaf believed.
		return ErrNotEntitled
	}
	if err := c.judgeTable(after, chains); err != nil {
		return err
	}
	if err := c.judgeNewLeaves(after, chains); err != nil {
		return err
	}
	if err := c.judgeKeys(); err != nil {
		return err
	}
	role, ok := before.Participants.Role(c.Committer.Account)
	if !ok {
		return ErrNotEntitled
	}
	// A commit without a path renews no leaf, so the committer's own is judged
	// here: a device that the table itself knows as removed commits nothing.
	if gone, err := c.deviceGone(&c.Committer, chains); err != nil {
		return err
	} else if gone {
		return ErrNotADevice
	}
	if err := judgeParticipants(c, role, before, after); err != nil {
		return err
	}
	if c.External {
		return c.judgeExternal(chains)
	}
	return c.judgeRemovals(role, after, chains)
}

// judgeTable checks the head table: it is the one of the header, names each
// participant at a head that is there and no older than before.
func (c *Commit) judgeTable(after *State, chains Chains) error {
	if c.Table.Hash() != account.Hash(c.Header.HeadTable) || len(c.Table) != len(after.Participants) {
		return ErrBadHeadTable
	}
	if c.Table.CheckFollows(c.TableBefore) != nil {
		return ErrOlderHead
	}
	for i, p := range after.Participants {
		e := c.Table[i]
		if e.Account != p.Account {
			return ErrMissingHead
		}
		if old, ok := c.TableBefore.Find(e.Account); ok && old == e {
			continue // judged before
		}
		chain, err := chains(e.Account, e.Head)
		if err != nil {
			return err
		}
		if err := chain.CheckHead(e); err != nil {
			return err
		}
		if string(chain.Host()) != after.Facts.Host {
			return ErrBadHeadTable // the handle is another server's
		}
	}
	return nil
}

// judgeKeys checks what the commit injects into the key schedule: the join key
// if it is external, else nothing. Any other key would lock members out.
func (c *Commit) judgeKeys() error {
	found := false
	for _, p := range c.PSKs {
		if !c.External || found || p.Type != mls.PSKExternal || !bytes.Equal(p.ID, c.JoinKeyID) {
			return ErrForeignKey
		}
		found = true
	}
	if c.External && !found {
		return ErrNoJoinKey
	}
	return nil
}

func (c *Commit) judgeNewLeaves(after *State, chains Chains) error {
	for _, n := range c.Added {
		leaf, identity, err := LeafOf(n)
		if err != nil {
			return err
		}
		if _, in := after.Participants.Role(leaf.Account); !in {
			return ErrNotADevice
		}
		if err := verifyLeaf(leaf, identity, c.Table, chains, c.Later); err != nil {
			return err
		}
	}
	for _, u := range c.Updated {
		old, _, err := LeafOf(u.Old)
		if err != nil {
			return err
		}
		leaf, _, err := LeafOf(u.Leaf)
		if err != nil {
			return err
		}
		if leaf.Account != old.Account || leaf.Device != old.Device {
			return ErrNotADevice // a leaf stays its device's
		}
	}
	for _, n := range c.Remaining {
		leaf, _, err := LeafOf(n)
		if err != nil {
			return err
		}
		if _, in := after.Participants.Role(leaf.Account); !in {
			return ErrNotADevice
		}
	}
	return nil
}

// judgeParticipants checks that the committer's role allows what it does to
// the participant list.
func judgeParticipants(c *Commit, role Role, before, after *State) error {
	if slices.Equal(before.Participants, after.Participants) {
		return nil
	}
	if before.Facts.Kind == Direct {
		return ErrFixedMembers
	}
	if c.External {
		return ErrNotEntitled
	}
	for _, p := range after.Participants {
		was, in := before.Participants.Role(p.Account)
		switch {
		case in && was == p.Role:
		case in && MayChangeRole(role, was, p.Role):
		case !in && mayAdd(role, p.Role):
		default:
			return ErrNotEntitled
		}
	}
	left := true // every owner of before
	for _, p := range before.Participants {
		left = left && (p.Role != Owner || c.Left[p.Account])
		if _, in := after.Participants.Role(p.Account); in || c.Left[p.Account] {
			continue
		}
		if !mayRemove(role, p.Role) {
			return ErrNotEntitled
		}
	}
	if !left && !after.Participants.owned() {
		return ErrNotEntitled // nobody could ever make an owner again
	}
	return nil
}

// judgeRemovals checks the leaves that a member's commit removes: of an account
// that is no participant any more, of the committer's own account, of a device
// that its chain has removed, or by an admin.
func (c *Commit) judgeRemovals(role Role, after *State, chains Chains) error {
	for _, n := range c.Removed {
		leaf, _, err := LeafOf(n)
		if err != nil {
			return err
		}
		if _, in := after.Participants.Role(leaf.Account); !in || leaf.Account == c.Committer.Account || role > Member {
			continue
		}
		if gone, err := c.deviceGone(leaf, chains); err != nil {
			return err
		} else if !gone {
			return ErrNotEntitled
		}
	}
	return nil
}

// judgeExternal checks an external commit: it removes at most one leaf, of its own account, whose device is the same or
// has been removed from the account (DESIGN 5.3, 5.4).
func (c *Commit) judgeExternal(chains Chains) error {
	if len(c.Removed) > 1 {
		return ErrNotUncovered
	}
	for _, n := range c.Removed {
		leaf, _, err := LeafOf(n)
		if err != nil {
			return err
		}
		if leaf.Account != c.Committer.Account {
			return ErrNotUncovered
		}
		if leaf.Device == c.Committer.Device {
			continue // a device that lost its state takes its own place
		}
		if gone, err := c.deviceGone(leaf, chains); err != nil {
			return err
		} else if !gone {
			return ErrNotUncovered
		}
	}
	return nil
}

// deviceGone reports whether the leaf's device had been removed at the head
// that the table names.
func (c *Commit) deviceGone(leaf *Leaf, chains Chains) (bool, error) {
	entry, ok := c.Table.Find(leaf.Account)
	if !ok {
		return true, nil
	}
	chain, err := chains(leaf.Account, entry.Head)
	if err != nil {
		return false, err
	}
	return !chain.ActiveAt(leaf.Device, entry.Head.Seq), nil
}
