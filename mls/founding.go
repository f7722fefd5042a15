package mls

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// FoundingOptions says how to begin a group that follows from another, by
// [Group.Reinitialize] or [Group.Branch].
type FoundingOptions struct {
	// GroupID and Extensions are those of a branch. A reinitialised group has
	// those of the ReInit proposal, and these two stay empty.
	GroupID    []byte
	Extensions Extensions
	// Leaf is the creator's leaf in the new group. Its signature key fits the
	// new group's suite.
	Leaf     LeafParams
	Lifetime Lifetime // as in GroupParams
	// KeyPackages are fresh ones of the other members of the new group.
	KeyPackages []*KeyPackage

	WelcomeTree, GroupInfoTree             bool // as in CommitOptions
	WelcomeExtensions, GroupInfoExtensions Extensions

	Validate    Validator
	Policy      *Policy // its SameClient compares old and new members
	Now         time.Time
	Parallel    Parallel
	KeepHistory bool // as in GroupParams
}

// found begins a group and makes its first commit, which adds the others and
// injects this epoch's resumption PSK: the link between the groups.
func (g *Group) found(rand io.Reader, p GroupParams, usage ResumptionUsage, o FoundingOptions) (*StagedCommit, error) {
	if err := p.Suite.check(); err != nil {
		return nil, err
	}
	fresh, err := NewGroup(rand, p)
	if err != nil {
		return nil, err
	}
	staged, err := fresh.Commit(rand, CommitOptions{
		Add:         o.KeyPackages,
		PSKs:        []PSK{{ID: g.ResumptionPSKID(usage), Secret: g.secrets.resumption}},
		WelcomeTree: o.WelcomeTree, GroupInfoTree: o.GroupInfoTree,
		WelcomeExtensions: o.WelcomeExtensions, GroupInfoExtensions: o.GroupInfoExtensions,
		Validate: o.Validate, Policy: o.Policy, Now: o.Now, Parallel: o.Parallel,
	})
	if err != nil {
		return nil, err
	}
	return staged, g.checkMembers(staged.Group(), usage == ResumptionReInit, o.Policy)
}

// joinFounded is JoinWelcome into a group that must follow from g with usage.
func (g *Group) joinFounded(msg []byte, kp *KeyPackageBundle, o JoinOptions, usage ResumptionUsage, fits func(*Group) error) (*Group, error) {
	linked := false
	o.PSK = o.PSK.with(func(id PreSharedKeyID) (Secret, bool) {
		if id.Usage != usage {
			return nil, false
		}
		return g.ownPSK(id)
	})
	asked := o.Founding
	o.Founding = func(id PreSharedKeyID, next *Group) error {
		if id.Usage != usage || !bytes.Equal(id.Group, g.GroupID()) || id.Epoch != g.Epoch() {
			return fmt.Errorf("%w: it links to another epoch", ErrFounding)
		}
		linked = true
		if err := fits(next); err != nil {
			return err
		}
		if err := g.checkMembers(next, usage == ResumptionReInit, o.Policy); err != nil {
			return err
		}
		if asked != nil {
			return asked(id, next)
		}
		return nil
	}
	next, err := JoinWelcome(msg, kp, o)
	if err != nil {
		return nil, err
	}
	if !linked {
		return nil, fmt.Errorf("%w: no link to it", ErrFounding)
	}
	return next, nil
}

// checkMembers verifies that each client in next is one of g; with all set, that
// none is left out and none stands in it more often than before.
func (g *Group) checkMembers(next *Group, all bool, p *Policy) error {
	var old []*LeafNode
	for _, leaf := range g.Members() {
		old = append(old, leaf)
	}
	used := make([]bool, len(old))
	left := len(old)
	for _, leaf := range next.Members() {
		found := false
		for i := range old {
			if !used[i] && p.sameClient(old[i], leaf) {
				found = true
				if all {
					used[i] = true
					left--
				}
				break
			}
		}
		if !found {
			return fmt.Errorf("%w: a client that was no member", ErrFounding)
		}
	}
	if all && left > 0 {
		return fmt.Errorf("%w: a member is missing", ErrFounding)
	}
	return nil
}
