package mls

import (
	"bytes"
	"fmt"
	"io"
)

// Branch begins a subgroup: a new group of some of g's members, with g's suite
// (RFC 9420, section 11.3). The old group goes on. The others join the new one
// with [Group.JoinBranch] of the same epoch of g; an application that branches
// keeps that epoch's Group until they have.
//
// As with [Group.Reinitialize], the commit that is returned has founded the new
// group, and its Message is for nobody.
func (g *Group) Branch(rand io.Reader, o FoundingOptions) (*StagedCommit, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	if bytes.Equal(o.GroupID, g.GroupID()) {
		return nil, fmt.Errorf("%w: it has the old group's id", ErrFounding)
	}
	return g.found(rand, GroupParams{
		Suite: g.Suite(), GroupID: o.GroupID, Extensions: o.Extensions,
		Leaf: o.Leaf, Lifetime: o.Lifetime, KeepHistory: o.KeepHistory,
	}, ResumptionBranch, o)
}

// JoinBranch joins a subgroup of g. It refuses a Welcome into any other group:
// one that is not linked to this epoch of g, has another suite, or a client that
// is no member of g.
func (g *Group) JoinBranch(msg []byte, kp *KeyPackageBundle, o JoinOptions) (*Group, error) {
	if err := g.ready(); err != nil {
		return nil, err
	}
	return g.joinFounded(msg, kp, o, ResumptionBranch, func(next *Group) error {
		if next.Suite() != g.Suite() {
			return fmt.Errorf("%w: another cipher suite", ErrFounding)
		}
		return nil
	})
}
